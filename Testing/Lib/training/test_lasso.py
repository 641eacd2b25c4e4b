"""LASSO paths and cross-validation against R glmnet 4.1-6 (thresh = 1e-14) and the optimality conditions."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.lasso import cross_validate, lasso_path
from OVCFRiskLib.training.mrmr import mrmr

DATA = Path(__file__).parent / "data"
FAMILIES = ("gaussian", "binomial")
GLMNET = json.loads((DATA / "A_glmnet.json").read_text(encoding="utf-8"))
TABLE_A = np.genfromtxt(DATA / "A.csv", delimiter=",", names=True)
X_A = np.column_stack([TABLE_A[f"x{i:02d}"] for i in range(25)])
Y_A = {"gaussian": TABLE_A["y_gauss"], "binomial": TABLE_A["y_bin"]}
FOLDS_A = TABLE_A["foldid"].astype(int)


# The summary was made with glmnet's default tolerance; here thresh = 1e-14 of the same glmnet picks the neighbour.
TIGHT_LAMBDA_MIN = {("gaussian", "mae"): 0.000689707621878671}


def read_table(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def golden():
    """Training rows of the golden table: 25 mRMR features z-scored, outcome, folds, names."""
    rows = [row for row in read_table("golden_features.csv") if row["set"] == "train"]
    names = [name for name in rows[0] if name.startswith("f")]
    x = np.array([[float(row[n]) for n in names] for row in rows])
    y = np.array([float(row["y"]) for row in rows])
    order = mrmr(x, y, 25)
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    folds = np.array([int(row["foldid"]) for row in read_table("foldid.csv")])
    return z[:, order], y, folds, [names[i] for i in order]


def worst_violation(x, y, path):
    """Optimality conditions of every path point, written out here independently of the library."""
    sd = np.array([np.std(column) if np.ptp(column) > 0 else 1.0 for column in x.T])
    z = (x - x.mean(axis=0)) / sd
    worst = 0.0
    for lam, coef, intercept in zip(path.lambdas, path.coef.T, path.intercept, strict=True):
        b = coef * sd
        eta = intercept + x.mean(axis=0) @ coef + z @ b
        mu = 1 / (1 + np.exp(-np.clip(eta, -700, 700))) if path.family == "binomial" else eta
        gradient = z.T @ (y - mu) / len(y)
        apart = np.where(b != 0, np.abs(gradient - lam * np.sign(b)), np.abs(gradient) - lam)
        worst = max(worst, apart.max() / lam, abs((y - mu).mean()) / lam)
    return worst


@pytest.mark.parametrize("family", FAMILIES)
def test_path_equals_glmnet(family):
    expected = GLMNET[f"{family}_std_tight"]["fit"]
    path = lasso_path(X_A, Y_A[family], family)
    np.testing.assert_allclose(path.lambdas, expected["lambda"], rtol=1e-12)  # ends where glmnet ends
    sd = X_A.std(axis=0)[:, None]
    np.testing.assert_allclose(path.coef * sd, np.array(expected["beta"]) * sd, rtol=0, atol=1e-5)
    np.testing.assert_allclose(path.intercept, expected["a0"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(path.deviance_share, expected["dev_ratio"], rtol=0, atol=1e-6)
    assert worst_violation(X_A, Y_A[family], path) <= 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_given_lambdas_are_solved_exactly_and_sorted(family):
    expected = GLMNET[f"{family}_std_tight"]["fit"]
    shuffled = np.random.default_rng(0).permutation(expected["lambda"])
    path = lasso_path(X_A, Y_A[family], family, lambdas=shuffled)
    np.testing.assert_array_equal(path.lambdas, expected["lambda"])
    sd = X_A.std(axis=0)[:, None]
    np.testing.assert_allclose(path.coef * sd, np.array(expected["beta"]) * sd, rtol=0, atol=1e-5)
    alone = lasso_path(X_A, Y_A[family], family, lambdas=0.02)  # without a warm start from larger lambdas
    both = lasso_path(X_A, Y_A[family], family, lambdas=[0.02, *expected["lambda"][:20]])
    column = list(both.lambdas).index(0.02)
    np.testing.assert_allclose(alone.coef[:, 0], both.coef[:, column], atol=1e-8)


def cases_of_a():
    for family in FAMILIES:
        for key in GLMNET[f"{family}_std_tight"]:
            if key.startswith("cv_"):
                yield family, key


@pytest.mark.parametrize(("family", "key"), list(cases_of_a()))
def test_cross_validation_equals_glmnet(family, key):
    expected = GLMNET[f"{family}_std_tight"][key]
    alignment = "master" if key.endswith("_explicit_lambda") else "own"
    cv = cross_validate(X_A, Y_A[family], FOLDS_A, family, key.split("_")[1], alignment)
    np.testing.assert_allclose(cv.lambdas, expected["lambda"], rtol=1e-12)
    np.testing.assert_allclose(cv.mean, expected["cvm"], rtol=0, atol=5e-6)
    np.testing.assert_allclose(cv.se, expected["cvsd"], rtol=0, atol=5e-6)
    assert cv.lambda_min == pytest.approx(expected["lambda_min"], rel=1e-12)
    assert cv.lambda_1se == pytest.approx(expected["lambda_1se"], rel=1e-12)


@pytest.mark.parametrize(
    ("family", "key"),
    [
        ("gaussian", "cv_mae"),
        ("gaussian", "cv_mae_explicit_lambda"),
        ("binomial", "cv_class"),
        ("binomial", "cv_class_explicit_lambda"),
    ],
)
def test_chosen_lambdas_equal_glmnet_where_only_its_default_tolerance_was_run(family, key):
    expected = GLMNET[f"{family}_std_default"][key]
    alignment = "master" if key.endswith("_explicit_lambda") else "own"
    cv = cross_validate(X_A, Y_A[family], FOLDS_A, family, key.split("_")[1], alignment)
    assert cv.lambda_min == pytest.approx(expected["lambda_min"], rel=1e-12)
    assert cv.lambda_1se == pytest.approx(expected["lambda_1se"], rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_golden_path_equals_glmnet(golden, family):
    z, y, _, names = golden
    rows = read_table(f"glmnet_path_{family}_thresh1e-14.csv")
    path = lasso_path(z, y, family)
    np.testing.assert_allclose(path.lambdas, [float(row["lambda"]) for row in rows], rtol=1e-10)
    expected = np.array([[float(row[name]) for row in rows] for name in names])
    # glmnet itself moves by 1.17e-5 when thresh goes from 1e-14 (these files) to 1e-20 (binomial)
    np.testing.assert_allclose(path.coef, expected, rtol=0, atol=1.2e-5)
    assert worst_violation(z, y, path) <= 1e-6
    np.testing.assert_allclose(path.intercept, [float(row["intercept"]) for row in rows], rtol=0, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_coefficients_at_the_papers_lambda_equal_glmnet(golden, family):
    z, y, _, names = golden
    # glmnet was run with its default tolerance here, wrong by up to 1e-2 of a coefficient
    rows = {row["term"]: row for row in read_table(f"glmnet_coef_s0.0315_{family}.csv")}
    intercept, coef = lasso_path(z, y, family).at(0.0315)
    exact = lasso_path(z, y, family, lambdas=0.0315)
    wanted = [float(rows[name]["interpolated"]) for name in names]
    np.testing.assert_allclose(coef, wanted, rtol=0, atol=2e-3)
    np.testing.assert_allclose(exact.coef[:, 0], [float(rows[n]["exact"]) for n in names], rtol=0, atol=2e-3)
    assert float(intercept) == pytest.approx(float(rows["(Intercept)"]["interpolated"]), abs=2e-3)


@pytest.mark.parametrize("row", read_table("cv_summary.csv"), ids=lambda r: f"{r['family']}-{r['measure']}")
def test_golden_choice_of_lambda_equals_glmnet(golden, row):
    z, y, folds, _ = golden
    cv = cross_validate(z, y, folds, row["family"], row["measure"])
    wanted = TIGHT_LAMBDA_MIN.get((row["family"], row["measure"]), float(row["lambda.min"]))
    assert cv.lambda_min == pytest.approx(wanted, rel=1e-10)
    assert cv.lambda_1se == pytest.approx(float(row["lambda.1se"]), rel=1e-10)
    table = DATA / f"cv_{row['family']}_{row['measure']}_thresh1e-14.csv"
    if table.is_file():
        wanted = read_table(table.name)
        np.testing.assert_allclose(cv.mean, [float(r["cvm"]) for r in wanted], rtol=0, atol=1e-5)
        np.testing.assert_allclose(cv.se, [float(r["cvsd"]) for r in wanted], rtol=0, atol=1e-5)
        assert cv.nonzero[list(cv.lambdas).index(cv.lambda_1se)] == int(row["nz.1se"])


def hard_table(kind, n, p, seed=0):
    """Columns that coordinate descent does not like."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    if kind == "near duplicates":
        x[:, p // 2 :] = x[:, : p - p // 2] + 1e-8 * x[:, p // 2 :]
    elif kind == "exact duplicates":
        x[:, p // 2 :] = 2 * x[:, : p - p // 2] + 1
    elif kind == "low rank":
        x = rng.normal(size=(n, 5)) @ rng.normal(size=(5, p)) + 1e-5 * x
    elif kind == "bad scales":
        x = (x + rng.normal(size=p) * 1e3) * 10.0 ** np.linspace(-12, 12, p)
    elif kind == "constant columns":
        x[:, ::3] = 0.1
    eta = np.nan_to_num((x[:, 1] - x[:, 1].mean()) / x[:, 1].std()) + rng.logistic(size=n)
    return x, {"gaussian": eta, "binomial": (eta > 0).astype(float)}


HARD = ["near duplicates", "exact duplicates", "low rank", "bad scales", "constant columns"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize(("n", "p"), [(230, 30), (40, 90)])
def test_optimality_conditions_hold_on_hard_columns(kind, n, p, family):
    x, y = hard_table(kind, n, p)
    path = lasso_path(x, y[family], family)
    assert worst_violation(x, y[family], path) <= 1e-6
    assert path.lambdas[-1] >= path.lambdas[0] * (1e-4 if n >= p else 1e-2) * (1 - 1e-9)
    assert np.isfinite(path.coef).all()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(8, 60),
    p=st.integers(1, 40),
    family=st.sampled_from(FAMILIES),
    scale=st.floats(-8, 8),
)
def test_optimality_conditions_hold_for_any_shape(seed, n, p, family, scale):
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=(n, p)) + 10 * rng.normal(size=p)) * 10.0**scale
    y = (rng.permutation(n) % 2).astype(float) if family == "binomial" else rng.normal(size=n) * 10.0**-scale
    assert worst_violation(x, y, lasso_path(x, y, family)) <= 1e-6


def test_constant_column_gets_no_coefficient_and_changes_nothing():
    with_constant = np.column_stack([X_A[:, :3], np.full(len(X_A), 0.1), X_A[:, 3:]])
    path = lasso_path(with_constant, Y_A["gaussian"], "gaussian")
    plain = lasso_path(X_A, Y_A["gaussian"], "gaussian")
    assert not path.coef[3].any()
    np.testing.assert_allclose(np.delete(path.coef, 3, axis=0), plain.coef, atol=1e-12)


def test_units_and_offsets_of_a_column_only_rescale_its_coefficient():
    factor = 10.0 ** np.linspace(-9, 9, 25)
    cv = cross_validate(X_A * factor + 100 * factor, Y_A["binomial"], FOLDS_A, "binomial")
    plain = cross_validate(X_A, Y_A["binomial"], FOLDS_A, "binomial")
    np.testing.assert_allclose(cv.path.coef * factor[:, None], plain.path.coef, atol=1e-9)
    np.testing.assert_allclose(cv.mean, plain.mean, atol=1e-9)


def test_of_exact_duplicates_the_first_column_carries_the_coefficient():
    x = np.column_stack([X_A, X_A])
    path = lasso_path(x, Y_A["binomial"], "binomial")
    assert not path.coef[25:].any()
    np.testing.assert_allclose(path.coef[:25], lasso_path(X_A, Y_A["binomial"], "binomial").coef, atol=1e-9)


def test_path_between_and_beyond_its_points():
    path = lasso_path(X_A, Y_A["gaussian"], "gaussian")
    middle = (path.lambdas[10] + path.lambdas[11]) / 2
    intercept, coef = path.at([path.lambdas[10], middle, 1e9, 1e-9])
    np.testing.assert_array_equal(coef[:, 0], path.coef[:, 10])
    np.testing.assert_allclose(coef[:, 1], path.coef[:, 10:12].mean(axis=1))
    np.testing.assert_array_equal(coef[:, 2], path.coef[:, 0])
    np.testing.assert_array_equal(coef[:, 3], path.coef[:, -1])
    assert intercept[3] == path.intercept[-1]
    single = lasso_path(X_A, Y_A["gaussian"], "gaussian", lambdas=0.5)
    np.testing.assert_array_equal(single.at(0.1)[1], single.coef[:, 0])


@pytest.mark.parametrize("measure", ["deviance", "class", "auc", "mse", "mae"])
def test_fold_labels_may_be_text_and_folds_without_an_auc_are_left_out(measure):
    folds = np.array([f"fold {number}" for number in FOLDS_A])
    folds[np.flatnonzero(Y_A["binomial"] == 1)[:3]] = "one class"
    cv = cross_validate(X_A, Y_A["binomial"], folds, "binomial", measure)
    assert np.isfinite(cv.mean).all()
    assert np.isfinite(cv.se).all()
    assert cv.lambda_1se >= cv.lambda_min


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "poisson"}, "unknown family 'poisson'"),
        ({"y": np.ones(230)}, "outcome is 1 in every row"),
        ({"y": Y_A["binomial"] + 1}, "must be 0 or 1, got 2"),
        ({"x": np.where(np.arange(25) == 7, np.nan, X_A)}, r"x\[0, 7\] is nan"),
        ({"x": X_A[:5]}, r"got \(5, 25\) and \(230,\)"),
        ({"x": np.ones((230, 2))}, "no feature varies"),
        ({"lambdas": [0.1, -1]}, "lambdas must be positive"),
        ({"folds": np.ones(230)}, "at least two folds"),
        ({"folds": np.ones(3)}, r"got shape \(3,\)"),
        ({"folds": Y_A["binomial"]}, r"without fold 0.0: the outcome is 1 in every row"),
        ({"measure": "brier"}, "unknown measure 'brier' of a binomial model"),
        ({"alignment": "theirs"}, "unknown alignment 'theirs'"),
    ],
)
def test_bad_input_is_told(change, message):
    good = {"x": X_A, "y": Y_A["binomial"], "folds": FOLDS_A, "family": "binomial"}
    with pytest.raises(OVCFRiskError, match=message):
        cross_validate(**{**good, **change})


def test_auc_without_a_mixed_fold_is_refused():
    y = np.arange(230) % 2
    folds = 2 * (np.arange(230) % 4 > 1) + y
    with pytest.raises(OVCFRiskError, match="no fold holds both classes"):
        cross_validate(X_A, y, folds, "binomial", "auc")
