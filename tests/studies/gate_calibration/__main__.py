"""Runs the study: ``python tests/studies/gate_calibration -o FOLDER``, or ``nox -s calibration``.

It samples the pools, which takes most of the time, and keeps them in the folder; then it simulates comparisons and
prints two tables in Markdown, which ``docs/gate.md`` quotes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from conditions import FAULTY_POINTS, conditions
from pools import points_of, pool
from raw_weights import write_raw_weights
from simulation import draw, findings, reference, rows, run, take, verdict

from beatgans.evaluator import Features, PreparedReference
from beatgans.reports.verdict import VerdictRecord

Pools = dict[str, dict[str, Features]]
SHARED = 0.9
"""Of the images of a simulated change without effect: the others are of other seeds."""


def main() -> None:
    """Runs the whole study."""
    options = _options()
    torch.set_num_threads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    raw = options.output / "raw_weights.pt"
    if not raw.exists():
        write_raw_weights(raw, options.training_steps)
    every = conditions(str(raw))
    pools: Pools = {
        name: {point: pool(options.output, name, condition, point, options.size) for point in points_of(name)}
        for name, condition in every.items()
    }
    if options.sample_only:
        return
    real = reference()
    few, many = options.images
    for num_images, comparisons in ((few, options.false_alarms), (many, options.false_alarms // 4)):
        print(_false_alarms(pools, real, options.size, num_images, comparisons), flush=True)
    print(_power(pools, {name: one.title for name, one in every.items()}, real, options.size, many, options.faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/studies/gate_calibration", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/gate_calibration"), help="keeps the pools")
    parser.add_argument("--size", type=int, default=4_000, help="samples of a pool")
    parser.add_argument("--false-alarms", type=int, default=400, help="comparisons of runs without a change")
    parser.add_argument("--faults", type=int, default=40, help="comparisons for each fault")
    parser.add_argument("--images", type=int, nargs=2, default=(500, 2_000), help="of each point of a simulated run")
    parser.add_argument("--training-steps", type=int, default=300, help="without an average of the weights")
    parser.add_argument("--sample-only", action="store_true", help="stop when the pools are there")
    return parser.parse_args()


def _false_alarms(pools: Pools, real: PreparedReference, size: int, num_images: int, comparisons: int) -> str:
    """Compares runs of the same model: of other seeds, and of the same seeds with a change that has no effect."""
    random = np.random.default_rng(num_images)
    unpaired, paired = Counter[str](), Counter[str]()
    for _ in range(comparisons):
        first, second = draw(random, size, num_images, 2)
        chosen = rows(first)
        changed = _replaced(random, chosen, rows(second))
        before = run(real, _taken(pools["baseline"], chosen), seed=0)
        after = run(real, _taken(pools["baseline"], rows(second)), seed=1)
        same = run(real, _taken(pools["baseline"], changed), seed=0)
        unpaired[_outcome(verdict(before, after))] += 1
        paired[_outcome(verdict(before, same))] += 1
    lines = [f"\nN = {num_images:,}, {comparisons} comparisons of {len(pools['baseline'])} points, 5 scores each:\n"]
    lines += ["| seeds | false alarms | inconclusive | passed |", "|---|---:|---:|---:|"]
    for name, counts in (("other seeds", unpaired), ("same seeds, a tenth of the images replaced", paired)):
        shares = [f"{counts[outcome] / comparisons:.1%}" for outcome in ("alarm", "inconclusive", "pass")]
        lines.append(f"| {name} | {' | '.join(shares)} |")
    return "\n".join(lines)


def _replaced(random: np.random.Generator, chosen: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The samples with a tenth of them replaced, each by one of the same class and of another seed."""
    return np.where(random.random(len(chosen)) < SHARED, chosen, others)


def _taken(points: dict[str, Features], chosen: np.ndarray) -> dict[str, Features]:
    return {point: take(features, chosen) for point, features in points.items()}


def _outcome(verdict: VerdictRecord) -> str:
    """An alarm is whatever is proven, in either direction."""
    found = findings(verdict)
    if found & {"worse", "better"}:
        return "alarm"
    return "inconclusive" if "inconclusive" in found else "pass"


def _power(
    pools: Pools, titles: dict[str, str], real: PreparedReference, size: int, num_images: int, comparisons: int
) -> str:
    """Compares runs with a fault to runs without one, of the same seeds and of others."""
    random = np.random.default_rng(1)
    outcomes = {name: (Counter[str](), Counter[str]()) for name in pools}
    caught_by: dict[str, Counter[str]] = {name: Counter() for name in pools}
    for _ in range(comparisons):
        first, second = (rows(blocks) for blocks in draw(random, size, num_images, 2))
        base = {point: pools["baseline"][point] for point in FAULTY_POINTS}
        same_seeds = run(real, _taken(base, first), seed=0)
        other_seeds = run(real, _taken(base, second), seed=1)
        for name, points in pools.items():
            faulty = run(real, _taken({point: points[point] for point in FAULTY_POINTS}, first), seed=0)
            for before, counts in zip((same_seeds, other_seeds), outcomes[name], strict=True):
                judged = verdict(before, faulty)
                counts[_outcome(judged)] += 1
                if before is same_seeds:
                    caught_by[name].update(
                        {f"{e.metric} of {e.point}" for e in judged.comparisons if e.finding in {"worse", "better"}}
                    )
    lines = [f"\nN = {num_images:,}, {comparisons} comparisons each, points {', '.join(FAULTY_POINTS)}:\n"]
    lines += ["| fault | caught, same seeds | passed | caught, other seeds | passed | found most often, same seeds |"]
    lines += ["|---|---:|---:|---:|---:|---|"]
    for name, (paired, unpaired) in outcomes.items():
        cells = [
            f"{counts[outcome] / comparisons:.0%}" for counts in (paired, unpaired) for outcome in ("alarm", "pass")
        ]
        most = ", ".join(f"{what} ({n / comparisons:.0%})" for what, n in caught_by[name].most_common(3)) or "–"
        lines.append(f"| {titles[name]} | {' | '.join(cells)} | {most} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
