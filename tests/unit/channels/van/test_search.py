"""The search for routes, against brute force on instances small enough for it."""

from itertools import chain, combinations, permutations

import numpy as np
import pytest
from scipy.sparse import csr_array

from channels.van.plan import Problem, VanCase, first_heard, score, solve, timetable


def tiny(seed, vans=2, legs=5, places=12):
    """Return legs strewn over a square of one kilometre, each heard by a few places."""
    random = np.random.default_rng(seed)
    spots = random.uniform(0, 1000, (legs, 2))
    away = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) / 8
    np.fill_diagonal(away, np.inf)
    cases = tuple(
        VanCase(
            ready=60.0,
            limit=float(random.uniform(200, 420)),
            approach=random.uniform(5, 90, legs),
            service=random.uniform(45, 110, legs),
            hears=csr_array((random.random((legs, places)) < 0.3).astype(float)),
        )
        for _ in range(vans)
    )
    return Problem(random.integers(5, 300, places).astype(float), cases, away)


def is_in_time(problem, van, route):
    times = timetable(problem, van, route)
    return not times or times[-1][1] <= problem.vans[van].limit


def best_by_force(problem):
    legs = range(len(problem.between))
    routes = [r for n in range(len(legs) + 1) for r in permutations(legs, n)]
    first = [r for r in routes if is_in_time(problem, 0, r)]
    second = [r for r in routes if is_in_time(problem, 1, r)]
    reach = {frozenset(r): r for r in first}, {frozenset(r): r for r in second}
    return max(score(problem, (a, b)).people for a in reach[0].values() for b in reach[1].values())


@pytest.mark.parametrize("seed", range(8))
def test_on_tiny_instances_the_search_reaches_as_many_people_as_brute_force(seed):
    problem = tiny(seed)

    found = solve(problem, rounds=300, seconds=60)

    assert found.score.people == best_by_force(problem)


@pytest.mark.parametrize("seed", range(5))
def test_every_leg_ends_before_the_vans_limit_and_times_rise(seed):
    problem = tiny(seed, vans=3, legs=30, places=200)

    routes = solve(problem, rounds=30, seconds=60).routes

    assert any(routes)
    for van, route in enumerate(routes):
        moments = [problem.vans[van].ready, *chain(*timetable(problem, van, route))]
        assert moments == sorted(moments)
        assert moments[-1] <= problem.vans[van].limit


def test_a_person_who_hears_several_legs_counts_once():
    hears = csr_array(np.ones((2, 1)))
    van = VanCase(0.0, 1000.0, np.ones(2), np.full(2, 45.0), hears)
    problem = Problem(np.array([7.0]), (van,), np.array([[np.inf, 1.0], [1.0, np.inf]]))

    assert score(problem, [[0, 1]]).people == 7
    assert first_heard(problem, [[0, 1]]).tolist() == [46.0]
    assert [len(route) for route in solve(problem, rounds=5).routes] == [1]


def test_the_same_rounds_give_the_same_routes():
    problem = tiny(3, vans=3, legs=40, places=300)

    first, second = (solve(problem, rounds=40, seconds=60) for _ in range(2))

    assert first == second
    assert first.rounds == 40


def test_more_rounds_never_make_it_worse():
    problem = tiny(5, vans=3, legs=60, places=400)

    scores = [solve(problem, rounds=rounds, seconds=60).score for rounds in (0, 20, 100)]

    assert scores == sorted(scores)


def test_a_van_without_time_stays_where_it_is():
    hears = csr_array(np.ones((1, 1)))
    late = VanCase(100.0, 90.0, np.ones(1), np.full(1, 45.0), hears)
    problem = Problem(np.array([7.0]), (late,), np.array([[np.inf]]))

    assert solve(problem, rounds=5).routes == ((),)


def test_the_seconds_end_the_search_before_its_rounds():
    problem = tiny(5, vans=3, legs=60, places=400)

    assert solve(problem, rounds=10**9, seconds=0.2).rounds < 10**9


def test_all_subsets_are_tried_by_the_brute_force_itself():
    problem = tiny(1, legs=3)
    subsets = [s for n in range(4) for s in combinations(range(3), n)]

    assert best_by_force(problem) <= max(score(problem, (s, s)).people for s in subsets)
