"""A result file of JoMA as scripts/plot_joma.py reads it, and closed forms of theory/joma.md, worked out here again."""
import json

import numpy as np
import xarray
from scipy.special import erfinv

SYSTEMS = ("joma_layer", "joma_reduced", "latent_tree", "transformer")
FLOWS = ("gradient_flow", "rk4", "gd")  # they follow dv/dt; gd to first order in its step


class Result:
    """A result file and its settings. Whatever lacks is a ValueError of one line."""

    def __init__(self, path):
        self.path = str(path)
        with xarray.open_dataset(path, engine="h5netcdf") as file:
            self.data = file.load()
        self.settings = json.loads(self.data.attrs.get("scenario", "{}"))
        self.system, self.stages = self.settings.get("system", "mixture"), self.settings.get("stages", [])
        self.model = self.settings.get("model", {})
        self.seeds = self.data.sizes.get("seed", 1)

    @property
    def step(self):
        return self.data["step"].values

    def setting(self, key):
        if key not in self.model:
            raise ValueError(f"{self.path}: model.{key}: not in the file's settings, needed for its figure")
        return self.model[key]

    def values(self, name, group=None):
        """A variable, (seed, ...), with one seed where the file has no such dimension."""
        data = xarray.load_dataset(self.path, engine="h5netcdf", group=group) if group else self.data
        if name not in data:
            raise ValueError(f"{self.path}: variable {name}: not in the file, needed for its figure")
        values = data[name].values.astype(float)
        return values if "seed" in data[name].dims else values[None]

    def mu(self):
        """mu with `scale`, as the run had it, (component); with several nodes |mu_l|, the same for all seeds."""
        mu = self.values("mu", "initial")[0]
        return mu if mu.ndim == 1 else np.linalg.norm(mu, axis=1)

    def time(self, block):
        """Learning rate of the block x step, summed over stages."""
        time, start = np.zeros(len(self.step)), 0
        for stage in self.stages:
            rate = stage["train"].get(block, {}).get("learning_rate", 0)
            time = time + rate * np.clip(self.step - start, 0, stage["steps"])
            start += stage["steps"]
        return time

    def optimizers(self):
        """The names of all optimisers of all stages."""
        return [block["optimizer"] for stage in self.stages for block in stage["train"].values()]

    def kinds(self):
        """The figures that the file gives, keys of plot_joma.DRAWN."""
        if self.system in SYSTEMS and not (self.step > 0).any():
            raise ValueError(f"{self.path}: stages: found no step that was taken, allowed: at least one")
        if self.system == "transformer":
            return ["transformer"] + ["latent_alignment"] * ("latent_alignment" in self.data)
        if self.system == "joma_reduced":
            if self.setting("law") == "stationary":
                return ["blowup"]
            if self.setting("nodes") > 1:
                return ["stable_rank"]
            return ["speed" if self.setting("state") == "log_gap" else "entropy"]
        if self.system in ("joma_layer", "latent_tree"):
            return ["invariant" if self.system == "joma_layer" else "cooccurrence"]
        raise ValueError(f"{self.path}: system: found {self.system}, allowed: {' | '.join(SYSTEMS)}")


def median(values):
    """Over seeds, the first axis; NaN is a record that a seed does not have."""
    return np.ma.median(np.ma.masked_invalid(values), axis=0).filled(np.nan) if len(values) > 1 else values[0]


def over(what, number):
    return what if number == 1 else f"{what}/{number:g}"


def equation(result):
    """The law of a reduced model as a formula, with T, A and c as numbers: `dv/dt = (mu - v) o softmax(v^2/3)`."""
    law, attention = result.setting("law"), result.setting("attention")
    square = "v^2" if result.setting("nodes") == 1 else "sum_k v_k^2"
    argument = over(square if law == "relaxation" else "z", result.setting("temperature"))
    if attention == "linear" and law == "relaxation":
        a = f"sqrt({square} + {result.setting('invariant'):g})".replace(" + 0)", ")")
    elif attention == "linear":
        a = over("z", result.setting("normalisation"))
    else:
        a = f"{attention}({argument})"
        if attention == "exp" and law != "relaxation":
            a = over(a, result.setting("normalisation"))
    return {"relaxation": f"dv/dt = (mu - v) o {a}", "stationary": f"stationary g: dv/dt = Delta o {a}",
            "fixed_upstream": f"linear phi, g fixed per sample, attention {a}",
            "regression": f"linear phi, squared loss, attention {a}"}[law]


def differences(results):
    """What differs between the settings of the models, in words; the files' names where that tells nothing apart."""
    keys = [key for key in results[0].model if any(r.model.get(key) != results[0].model.get(key) for r in results)]

    def word(key, value):
        if isinstance(value, list):
            return f"{key} {min(value):.2g} to {max(value):.2g}"
        if isinstance(value, dict):
            return f"{key} {value.get('low', 1):.2g} to {value.get('high', 4):.2g}"
        return f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"

    words = [", ".join(word(key, r.model.get(key)) for key in keys) for r in results]
    return words if len(set(words)) == len(results) else [r.path.rsplit("/", 1)[-1] for r in results]


def no_erf_law(result):
    """Why the erf law of Theorem 2 is not that of this file: its settings in words; empty where it is."""
    wanted = {"attention": "exp", "nodes": 1, "v0": 0, "z0": 0}
    why = [f"model.{key} = {result.setting(key)}" for key, value in wanted.items() if result.setting(key) != value]
    why += [f"optimizer {name}" for name in sorted(set(result.optimizers()) - set(FLOWS))]
    if not np.array_equal(result.time("v"), result.time("z")):
        why.append("v and z learn at different rates")
    return why + ["Delta = 0"] * (not result.mu().any())


def blow_up_time(result):
    """t* = A T sqrt(pi/2) / max_l |Delta_l|."""
    largest = np.abs(result.mu()).max()
    return result.setting("normalisation") * result.setting("temperature") * np.sqrt(np.pi / 2) / largest


def erf_law(result, delta, time):
    """v(t) = sqrt2 T erfinv(sqrt(2/pi) Delta t/(A T)), infinite from its blow-up on."""
    temperature = result.setting("temperature")
    reached = np.sqrt(2 / np.pi) * delta * time / (result.setting("normalisation") * temperature)
    return np.sqrt(2) * temperature * erfinv(np.clip(reached, -1, 1))


def no_speed_limit(result):
    """Why speed ratios have no limit a(mu_j)/a(mu_k) in this file, in words; empty where they have."""
    why = [f"optimizer {name}" for name in sorted(set(result.optimizers()) - set(FLOWS))]
    if result.setting("attention") == "linear" and result.setting("invariant") == 0:
        why.append("model.invariant = 0")  # v may stop at 0
    return why


def speed_limit(result, mu_j, mu_k):
    """a(mu_j)/a(mu_k), the limit of ln(1/delta_j) / ln(1/delta_k), since d ln(1/delta)/dt = a(v):
    exp((mu_j^2 - mu_k^2)/T) of exp and softmax attention, sqrt((mu_j^2 + c)/(mu_k^2 + c)) of linear."""
    if result.setting("attention") == "linear":
        return np.sqrt((mu_j**2 + result.setting("invariant")) / (mu_k**2 + result.setting("invariant")))
    return np.exp((mu_j**2 - mu_k**2) / result.setting("temperature"))


def stable_rank(matrix):
    """|M|_F^2 / |M|_2^2."""
    return np.linalg.norm(matrix) ** 2 / np.linalg.norm(matrix, 2) ** 2


def cooccurrence(result, literal=False):
    """P(leaf is 1 | one that meets it H levels up is 1), H = 1..L, by Theorem 5: (1 + E[s s'] - 2a) / (2 (1 - a)),
    a = rho^(L-1) rho_0, E[s s'] = rho^(2H), at the root rho^(2(L-1)) q_2, rho_0 = sum_k P(k) (2 P(0|k) - 1),
    q_2 = sum_k P(k) (2 P(0|k) - 1)^2. `literal`: rho_0 = sum_k P(k) P(0|k)."""
    rho, depth = result.setting("rho"), result.setting("depth")
    probability, zero = np.array(result.setting("root_probability")), np.array(result.setting("zero_given_root"))
    signs = np.array([rho ** (2 * height) for height in range(1, depth)]
                     + [rho ** (2 * (depth - 1)) * (probability @ (2 * zero - 1) ** 2)])
    a = rho ** (depth - 1) * (probability @ (zero if literal else 2 * zero - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (1 + signs - 2 * a) / (2 * (1 - a))
