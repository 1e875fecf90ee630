'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent), content = document.getElementById('content');
  data.runs.forEach((_, i) => { if (i < 8) chosen.add(i); });
  document.getElementById('summary').textContent =
      `${data.runs.length} runs, ${data.claims.length} claims; lemmata ${data.made.version}, ${data.made.written}` +
      (typeof uPlot === 'undefined' ? '. Built without uPlot: the curves are still pictures.' : '');
  if (data.detail_runs < data.runs.length)
    content.append(make('p', {class: 'note'}, 'Loss, prediction loss, their laws and T(eps) are of all runs, ' +
        `settings and provenance of the first ${MOST_COLUMNS}, everything else of the first ${data.detail_runs} runs ` +
        'only, so that the page stays small.'));
  for (const section of SECTIONS) {
    const made = section.make(data);
    if (made === null) continue;
    document.getElementById('sections').append(make('li', {}, make('a', {href: `#${section.id}`}, section.title)));
    content.append(make('section', {id: section.id, 'aria-labelledby': `${section.id}-title`},
                        make('h2', {id: `${section.id}-title`}, section.title), made.flat(3).filter(Boolean)));
  }
  redraw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  document.documentElement.dataset.ready = 'true';
})();
