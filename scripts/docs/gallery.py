"""The gallery: figures drawn while the site is built, each with the command that draws it, and those of the README."""
import html
import shlex
import shutil
import subprocess

from claim_pages import text, write_page

RUNS = ("lemmata run mot/three_stage --out mot.h5 --quiet",
        "lemmata run mot/single_transformer --out single.h5 --quiet",
        "lemmata run joma/sparse_then_dense --out sparse.h5 --quiet",
        "lemmata run joma/exp_attention --out layer.h5 --quiet")
# files, kind, width, caption
FIGURES = (
    ("mot.h5 single.h5", "loss", "two", "Loss of both models over steps, with the stages and the fitted laws"),
    ("mot.h5 single.h5", "steps_to_eps", "two", "Steps T(eps) that both need to reach a loss of eps"),
    ("mot.h5", "routing", "two", "Which expert each class is sent to at the end"),
    ("mot.h5", "conflict", "one", "Mean cosine between the classes' gradients"),
    ("mot.h5", "curvature", "one", "Extreme curvatures of every expert's own loss, and lambda_min over the loss"),
    ("mot.h5", "attention", "two", "Attention mass by kind of token"),
    ("sparse.h5", "entropy", "one", "Entropy of attention: first sparse, then dense (claim J12)"),
    ("layer.h5", "invariant", "one", "Both sides of JoMA's Theorem 1 (claim J1)"))
SHIPPED = (
    ("comparison.svg", "scripts/demo.sh", "Mixture of Transformers against a single transformer: loss, laws, T(eps)"),
    ("law_map.svg", "lemmata map mot/law_map --out m.h5; scripts/plot_law_map.py m.h5 -o figures",
     "The law of T(eps) in every regime without noise; hours of computing, so this is the repository's copy"),
    ("beta_gamma.svg", "lemmata boundary mot/beta_gamma --out b.h5; scripts/plot_boundaries.py b.h5 -o figures",
     "Where routing becomes class-pure; the repository's copy, too"),
    ("entropy.svg", "lemmata run joma/sparse_then_dense --out s.h5; scripts/plot_joma.py s.h5 -o figures",
     "Attention first sparse, then dense, and how fast each component gets there"))


def run(program, command, folder):
    """Runs one `lemmata ...` line in a folder. RuntimeError with what it said if it fails."""
    words = shlex.split(command)
    done = subprocess.run([str(program), *words[1:]], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr.strip()}")


def entry(name, command, caption, width="two"):
    return (f'<figure><div class="scroll"><img class="{width}" src="{name}" alt="{html.escape(caption)}"></div>'
            f"<figcaption>{text(caption)}<pre>{html.escape(command)}</pre></figcaption></figure>")


def write(program, root, pages, out, scratch):
    """Source into `pages`, figures into `out`; runs in `scratch`."""
    parts = ["<p>The files that the figures below are drawn from:</p>",
             "<pre>" + html.escape("\n".join(RUNS)) + "</pre>", "<h2>Of one or two runs</h2>"]
    for command in RUNS:
        run(program, command, scratch)
    for files, kind, width, caption in FIGURES:
        command = f"lemmata plot {files} --figure {kind} -o {kind}.svg --width {width}"
        run(program, command, scratch)
        shutil.copy(scratch / f"{kind}.svg", out / f"gallery_{kind}.svg")
        parts.append(entry(f"gallery_{kind}.svg", command, caption, width))
    parts.append("<h2>Of studies</h2>")
    for name, command, caption in SHIPPED:
        shutil.copy(root / "scripts" / "figures" / name, out / f"study_{name}")
        parts.append(entry(f"study_{name}", command, caption))
    write_page(pages, "gallery", "Gallery", "\n".join(parts))
