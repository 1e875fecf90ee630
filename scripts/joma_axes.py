"""Pages, axes and curves of scripts/plot_joma.py."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from joma_result import median  # noqa: E402
from lemmata import COLOURS  # noqa: E402

LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 5))]
TINY = np.finfo(float).tiny


def page(columns, title):
    figure, axes = plt.subplots(1, columns, figsize=(4.6 * max(columns, 1.2), 3.8), squeeze=False,
                                layout="constrained")
    figure.suptitle(title)
    return figure, axes[0]


def labelled(axis, x, y, title):
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.set_title(title, fontsize="medium")


def legend(axis, seeds=1, **style):
    """The legend of what is labelled, and of several seeds what line and band are; none where that is nothing."""
    if seeds > 1:
        axis.fill_between([], [], [], color="grey", alpha=0.25, linewidth=0,
                          label=f"line: median, band: all {seeds} seeds")
    if axis.get_legend_handles_labels()[0]:
        axis.legend(frameon=False, **style)


def curve(axis, x, y, place, **style):
    """Draws y, (seed, x): its median in the colour and line style of `place`, and a band of all seeds."""
    style = {"color": COLOURS[place % 8], "linestyle": LINES[(place + place // 8) % 8], **style}
    axis.plot(x, median(y), **style)
    if len(y) > 1:
        masked = np.ma.masked_invalid(y)
        axis.fill_between(x, masked.min(axis=0), masked.max(axis=0), color=style["color"], alpha=0.25, linewidth=0)
