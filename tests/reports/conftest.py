"""A record like that of a real digits run, made by a rule: what the tests of this room render."""

from __future__ import annotations

import math

import pytest

from beatgans.reports import AnswerRecord, PointRecord, ProfileRecord, ReferenceRecord, RunRecord, ScoreRecord

NUM_IMAGES = 500
DIRECTIONS = {"fid": False, "sfid": False, "inception_score": True, "precision": True, "recall": True}


def score(metric: str, value: float, relative_error: float) -> ScoreRecord:
    return ScoreRecord(
        value=value, standard_error=value * relative_error, n=NUM_IMAGES, higher_is_better=DIRECTIONS[metric]
    )


def scores(fid: float, precision: float, recall: float) -> dict[str, ScoreRecord]:
    return {
        "fid": score("fid", fid, 0.04),
        "sfid": score("sfid", 1.7 * fid + 1.1, 0.05),
        "inception_score": score("inception_score", 9.4 - 0.12 * fid, 0.006),
        "precision": score("precision", precision, 0.02),
        "recall": score("recall", recall, 0.03),
    }


def profile(seconds: float, evaluations: int, classifier_evaluations: int = 0) -> ProfileRecord:
    return ProfileRecord(
        seconds_per_image=seconds,
        seconds_per_image_p10=seconds * 0.93,
        seconds_per_image_p90=seconds * 1.2,
        images_per_second=1 / seconds,
        batch_size=100,
        network_evaluations=evaluations,
        classifier_evaluations=classifier_evaluations,
        peak_memory_bytes=412 * 2**20,
    )


def diffusion_point(sampler: str, steps: int, guidance: float) -> PointRecord:
    scale, power = {"ddpm": (900.0, 1.5), "ddim": (90.0, 1.25)}[sampler]
    fid = (1.9 + scale / steps**power) * (1 - 0.3 * math.tanh(guidance) + 0.09 * guidance**1.5)
    pull = math.tanh(0.6 * guidance)
    respacing = f"ddim{steps}" if sampler == "ddim" else str(steps)
    schedule = respacing if sampler == "ddim" else f"ddpm{steps}"
    return PointRecord(
        id=f"digits-diffusion_{schedule}_guidance{guidance:g}",
        model="digits-diffusion",
        family="diffusion",
        sampler=sampler,
        respacing=respacing,
        steps=steps,
        guidance=guidance,
        eta=0.0 if sampler == "ddim" else None,
        num_images=NUM_IMAGES,
        num_parameters=812_345,
        samples_sha256=f"{steps:064x}",
        scores=scores(fid, 0.78 + 0.17 * pull - fid / 400, 0.74 - 0.3 * pull - fid / 300),
        profile=profile(0.0011 * steps * (1.7 if guidance else 1), steps, steps if guidance else 0),
    )


def gan_point(truncation: float) -> PointRecord:
    fid = 3.4 + 9 * (1 - truncation) ** 1.5
    return PointRecord(
        id=f"digits-gan_truncation{truncation:g}",
        model="digits-gan",
        family="gan",
        truncation=truncation,
        num_images=NUM_IMAGES,
        num_parameters=798_000,
        samples_sha256=f"{int(truncation * 100):064x}",
        scores=scores(fid, 0.97 - 0.17 * truncation, 0.1 + 0.52 * truncation),
        profile=profile(0.00041, 1),
    )


def floor_point() -> PointRecord:
    return PointRecord(
        id="digits-heldout",
        model="digits-heldout",
        family="real",
        num_images=NUM_IMAGES,
        samples_sha256=f"{7:064x}",
        scores=scores(1.05, 0.86, 0.83),
        profile=ProfileRecord(reason="real images are not generated"),
    )


def make_record() -> RunRecord:
    points = [diffusion_point("ddpm", steps, guidance) for steps in (10, 25, 50, 100) for guidance in (0.0, 1.0)]
    points += [diffusion_point("ddim", steps, guidance) for steps in (5, 10, 25, 50) for guidance in (0.0, 1.0)]
    points += [diffusion_point("ddim", 25, guidance) for guidance in (0.5, 2.0, 4.0)]
    points += [gan_point(truncation) for truncation in (0.25, 0.5, 0.75, 1.0)]
    return RunRecord(
        status="complete",
        name="digits",
        title="Digits: diffusion against a GAN",
        created="2025-01-31T12:00:00+00:00",
        command="beatgans run digits",
        seed=0,
        num_images=NUM_IMAGES,
        labels="balanced",
        reference=ReferenceRecord(name="digits", num_images=1297, sha256="ab" * 32),
        protocol={
            "name": "adm",
            "extractor": "digits",
            "extractor_sha256": "cd" * 32,
            "resize": "none",
            "neighbours": 3,
            "distance_dtype": "float16",
            "covariance_divisor": "n-1",
            "inception_score_chunk": 5000,
            "jackknife_groups": 20,
        },
        environment={
            "beatgans": "0.1.0",
            "cpu": "Intel Xeon 2.20GHz",
            "device": "cpu",
            "numpy": "2.4.6",
            "platform": "Linux-6.1-x86_64",
            "python": "3.11.7",
            "threads": 2,
            "torch": "2.13.0",
        },
        warnings=("500 images are few: FID is biased upwards, so compare it at equal N alone.",),
        answer=AnswerRecord(
            question="From how many network evaluations on does the diffusion model beat the GAN?",
            reached=True,
            network_evaluations=25,
            point="digits-diffusion_ddim25_guidance1",
            certain_from=50,
            possible_from=25,
            baseline_point="digits-gan_truncation1",
            sentence=(
                "The diffusion model reaches the GAN's best FID (3.40 ± 0.14, truncation 1) from 25 network "
                "evaluations per image on (DDIM, guidance 1, FID 3.02 ± 0.12); that is certain at 95 % from 50 on."
            ),
        ),
        points=(*points, floor_point()),
    )


@pytest.fixture(scope="session")
def record() -> RunRecord:
    return make_record()


HOSTILE = "<script>alert('1')</script> [a_b]*%&$#^~{}\\ `x` -- \"q\" |p| 数字\n\x1b[31m"


@pytest.fixture(scope="session")
def hostile_record(record: RunRecord) -> RunRecord:
    """The record with a name in every text that could break each of the formats."""
    points = tuple(
        point.model_copy(update={"model": HOSTILE, "id": f"{point.id}{HOSTILE}", "warnings": (HOSTILE,)})
        for point in record.points
    )
    answer = AnswerRecord(question=HOSTILE, reached=False, sentence=HOSTILE)
    texts = dict.fromkeys(("name", "title", "command", "labels"), HOSTILE)
    return record.model_copy(
        update={"points": points, "answer": answer, "warnings": (HOSTILE,), "protocol": {HOSTILE: HOSTILE}, **texts}
    )


@pytest.fixture(scope="session")
def partial_record(record: RunRecord) -> RunRecord:
    """A run that broke off: one point without any score, one without standard errors, some without a time."""
    *points, half, last, floor = (point for point in record.points if point.truncation not in (0.25, 0.75))
    unknown = {"standard_error": None, "reason": "fewer than 40 images"}
    absent = {"value": None, "standard_error": None, "reason": "too few images"}
    half = half.model_copy(
        update={"scores": {name: score.model_copy(update=unknown) for name, score in half.scores.items()}}
    )
    last = last.model_copy(
        update={
            "scores": {name: score.model_copy(update=absent) for name, score in last.scores.items()},
            "profile": ProfileRecord(reason="the samples were there already"),
        }
    )
    return record.model_copy(update={"status": "partial", "points": (*points, half, last, floor), "answer": None})
