"""soak_growth.py: what is growth, and what is noise."""

import random
import unittest
import unittest.mock

import soak_growth
from soak_growth import LEAST, RISE, Growth, later, slope


class Made(soak_growth.Moment):
    def __init__(self, descriptors=10, threads=3, memory=20 << 20):
        self.descriptors, self.threads, self.memory = descriptors, threads, memory


def growth(*moments):
    made = Growth()
    made.moments = list(moments)
    return made


class Slope(unittest.TestCase):
    def test_a_line_is_found_and_has_no_rest(self):
        steep, half = slope([5, 7, 9, 11])
        self.assertAlmostEqual(steep, 2)
        self.assertAlmostEqual(half, 0)

    def test_the_interval_is_student_s(self):
        # By hand: the squares of what is left sum to 0.432; 6.965 is Student's t for two degrees of freedom.
        steep, half = slope([1, 1, 1, 2.2])
        self.assertAlmostEqual(steep, 0.36)
        self.assertAlmostEqual(half, 6.965 * (0.432 / 2 / 5) ** 0.5)


class Faults(unittest.TestCase):
    def test_counts_must_come_back(self):
        self.assertEqual(growth(Made(), Made(), Made()).faults(), [])
        self.assertEqual(growth(Made(5, 1), Made(), Made()).faults(), [])  # the first one is a start
        self.assertEqual(growth(Made(), Made(), Made(11)).faults(), ["descriptors grew from 10 to 11"])
        self.assertEqual(growth(Made(), Made(), Made(threads=4)).faults(), ["threads grew from 3 to 4"])

    def test_steady_growth_of_memory_is_told(self):
        moments = [Made(memory=(20 << 20) + i * RISE // 4) for i in range(12)]
        self.assertRegex(growth(*moments).faults()[0], r"^memory grew by 256 kB")

    def test_noise_is_none(self):
        draw = random.Random(1)
        wrong = 0
        for _ in range(200):
            moments = [Made(memory=(20 << 20) + draw.randrange(4 << 20)) for _ in range(15)]
            wrong += bool(growth(*moments).faults())
        self.assertLessEqual(wrong, 6)  # 1 in 100

    def test_what_only_fills_at_first_is_none(self):
        moments = [*[Made(memory=i * 6 << 20) for i in range(4)], *[Made() for _ in range(8)]]
        self.assertEqual(growth(*moments).faults(), [])
        self.assertEqual([len(later([0] * count)) for count in (1, 3, 6, 12)], [0, 1, 4, 8])

    def test_a_moment_is_what_is_held_at_the_least(self):
        seen = iter([Made(9, 3, 20 << 20), Made(8, 4, 30 << 20), *[Made(9, 4, 10 << 20)] * 1000])
        with unittest.mock.patch.object(soak_growth, "Moment", lambda pids: next(seen)):
            held = Growth()
            held.add([], 4 * soak_growth.LOOK_EVERY_S)
        self.assertEqual(vars(held.moments[0]), vars(Made(8, 3, 10 << 20)))

    def test_few_moments_say_nothing_of_memory(self):
        self.assertEqual(growth(*[Made(memory=i * 10 << 20) for i in range(2 + LEAST - 1)]).faults(), [])


if __name__ == "__main__":
    unittest.main()
