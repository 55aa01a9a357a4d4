"""The rewards once more, from the published formulas alone: one number at a time, plain loops, plain floats.

Nothing here is shared with the code under test.
"""

import math
from statistics import median, stdev, variance


class Literal:
    """Answers and labels of a batch as nested lists; ``None`` stands for missing."""

    def __init__(self, batch, overall="direct"):
        self.said = [[[_known(x) for x in row] for row in image] for image in batch.scores.tolist()]
        self.q = self.said
        if overall == "pooled":
            self.q = [[[*row[:-1], join(row)] for row in image] for image in self.said]
        self.y = [[_known(x) for x in row] for row in batch.labels.tolist()]
        self.s = [[_known(x) for x in row] for row in batch.label_std.tolist()]
        self.domain = batch.domain.tolist()
        self.image = batch.image.tolist()
        self.rank = batch.rank.tolist()
        self.soft = batch.soft.tolist()
        self.format = batch.format.tolist()
        self.n, self.k, self.a = batch.scores.shape
        images, attributes = range(self.n), range(self.a)
        self.valid = [[[row[a] for row in self.q[i] if row[a] is not None] for a in attributes] for i in images]
        self.mean = [[sum(v) / len(v) if v else None for v in row] for row in self.valid]
        self.variance = [[variance(v) if len(v) > 1 else 0.0 for v in row] for row in self.valid]
        self.shrunk = [[self._shrunk(i, a) for a in attributes] for i in images]

    def _shrunk(self, i, a, prior=4.0, least=0.1):
        alike = [j for j in range(self.n) if self.domain[j] == self.domain[i] and len(self.valid[j][a]) > 1]
        middle = median(self.variance[j][a] for j in alike) if alike else 0.0
        freedom = max(len(self.valid[i][a]) - 1, 0)
        return max((prior * middle + freedom * self.variance[i][a]) / (prior + freedom), least**2)

    def partners(self, i, a, *, local=False, with_std=False):
        if self.y[i][a] is None or (with_std and self.s[i][a] is None):
            return []
        found = []
        for j in range(self.n):
            if self.image[j] == self.image[i] or self.domain[j] != self.domain[i]:
                continue
            if local and self.rank[j] != self.rank[i]:
                continue
            if self.y[j][a] is None or (with_std and self.s[j][a] is None):
                continue
            if len(self.valid[j][a]) >= 2:
                found.append(j)
        return found if len(found) >= 2 else []


def _known(x):
    return None if math.isnan(x) else x


def join(row):
    """The overall score and the parts (of the project's own attributes the first three), half and half."""
    *others, said = row
    parts = others[:3] if len(others) == 4 else others
    if said is None or None in parts:
        return None
    if not parts:
        return said
    mean = sum((5 - part) ** 4 for part in parts) / len(parts)
    return 0.5 * said + 0.5 * (5 - mean**0.25)


def phi(z):
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def fidelity(p, t, e=0.0):
    return math.sqrt(p * t + e) + math.sqrt((1 - p) * (1 - t) + e)


def order(difference):
    return 1.0 if difference > 0 else 0.5 if difference == 0 else 0.0


def over_partners(pair_reward, **rule):
    def quality(b, i, k, a):
        others = b.partners(i, a, **rule)
        if not others:
            return "masked"
        if b.q[i][k][a] is None:
            return "failed"
        return sum(pair_reward(b, i, k, j, a) for j in others) / len(others)

    return quality


def on_its_own(pair_reward, *, with_std=False):
    def quality(b, i, k, a):
        if b.y[i][a] is None or (with_std and b.s[i][a] is None):
            return "masked"
        if b.q[i][k][a] is None:
            return "failed"
        return pair_reward(b.q[i][k][a] - b.y[i][a], b.s[i][a])

    return quality


def published(b, i, k, j, a, e=0.0):
    spread = b.variance[i][a] + b.variance[j][a] + 1e-6
    p = phi((b.q[i][k][a] - b.mean[j][a]) / math.sqrt(spread))
    return fidelity(p, order(b.y[i][a] - b.y[j][a]), e)


def released_code(b, i, k, j, a):
    return published(b, i, k, j, a, e=1e-6)


def recommended(b, i, k, j, a):
    return thurstone(b, i, k, j, a, 1 + 1 + 0.04)


def shrunk(b, i, k, j, a):
    return thurstone(b, i, k, j, a, b.shrunk[i][a] + b.shrunk[j][a] + 0.04)


def thurstone(b, i, k, j, a, spread):
    p = phi((b.q[i][k][a] - b.mean[j][a]) / math.sqrt(spread))
    difference = b.y[i][a] - b.y[j][a]
    known = b.s[i][a] is not None and b.s[j][a] is not None
    both = math.sqrt(b.s[i][a] ** 2 + b.s[j][a] ** 2) if known else 0.0
    if known and both > 0 and b.soft[i][a] and b.soft[j][a]:
        return fidelity(p, phi(difference / both))
    if known and abs(difference) <= 0.25 * both / math.sqrt(2) and not (b.soft[i][a] and b.soft[j][a]):
        return fidelity(p, 0.5)
    return fidelity(p, order(difference))


def fixed_variance(b, i, k, j, a):
    p = phi((b.q[i][k][a] - b.mean[j][a]) / math.sqrt(1 + 1 + 1e-6))
    return fidelity(p, order(b.y[i][a] - b.y[j][a]))


def probability_average(b, i, k, j, a):
    spread = b.variance[i][a] + b.variance[j][a] + 1e-6
    each = [phi((b.q[i][k][a] - other) / math.sqrt(spread)) for other in b.valid[j][a]]
    return fidelity(min(sum(each) / len(each), 1.0), order(b.y[i][a] - b.y[j][a]))


def rank_binary(b, i, k, j, a):
    gap = b.q[i][k][a] - b.mean[j][a]
    predicted = order(0 if abs(gap) < 1e-9 else gap)
    return 1.0 if predicted == order(b.y[i][a] - b.y[j][a]) else 0.0


def margin_unit(b, i, k, j, a):
    z = (b.q[i][k][a] - b.mean[j][a]) - (b.y[i][a] - b.y[j][a])
    return math.exp(-0.5 * z * z)


def margin_sigma(b, i, k, j, a):
    z = (b.q[i][k][a] - b.mean[j][a]) - (b.y[i][a] - b.y[j][a])
    z /= max(math.sqrt(b.s[i][a] ** 2 + b.s[j][a] ** 2), 1e-4)
    return math.exp(-0.5 * z * z)


QUALITY = {
    "mg_thurstone:recommended": over_partners(recommended),
    "mg_thurstone:shrunk": over_partners(shrunk),
    "mg_thurstone:parity": over_partners(published),
    "visualquality_r1:paper": over_partners(published, local=True),
    "visualquality_r1:code": over_partners(released_code, local=True),
    "probability_average:paper": over_partners(probability_average),
    "fixed_variance:paper": over_partners(fixed_variance),
    "rank_binary:paper": over_partners(rank_binary),
    "q_insight:paper": on_its_own(lambda e, s: 1.0 if abs(e) < 0.35 else 0.0),
    "l1:plain": on_its_own(lambda e, s: 1 - abs(e) / 4),
    "exp_l1:paper": on_its_own(lambda e, s: math.exp(-abs(e) / 0.3)),
    "gaussian:width": on_its_own(lambda e, s: 0.5 ** ((e / 0.4) ** 2)),
    "gaussian:sigma": on_its_own(lambda e, s: math.exp(-(e**2) / (2 * max(s, 1e-4) ** 2)), with_std=True),
    "mr_iqa_margin:unit": over_partners(margin_unit, local=True),
    "mr_iqa_margin:sigma": over_partners(margin_sigma, local=True, with_std=True),
}


def all_qualities(b, pair_reward):
    """[i][k][a] reward, or "masked" or "failed"."""
    return [[[pair_reward(b, i, k, a) for a in range(b.a)] for k in range(b.k)] for i in range(b.n)]


def weights(taking_part):
    """Half to the overall score, which is last, and half shared by the others; alone each takes all."""
    others = sum(taking_part[:-1])
    overall = (0.5 if others else 1.0) if taking_part[-1] else 0.0
    each = (1 - overall) / others if others else 0.0
    return [*(each if part else 0.0 for part in taking_part[:-1]), overall]


def form(b, i, k):
    return [0.0, 0.5, 1.0][b.format[i][k]] if any(x is not None for x in b.said[i][k]) else 0.0


def spread(values):
    return stdev(values) if len(values) > 1 else 0.0


def summed(b, quality):
    """The published advantage: rewards and format added, normalized by mean and deviation of the group."""
    result = []
    for i in range(b.n):
        parts = weights([quality[i][0][a] != "masked" for a in range(b.a)])
        totals = [
            sum(w * r for w, r in zip(parts, quality[i][k], strict=True) if isinstance(r, float)) + form(b, i, k)
            for k in range(b.k)
        ]
        middle = sum(totals) / len(totals)
        result.append([(total - middle) / (spread(totals) + 1e-4) for total in totals])
    return result


class Separate:
    """The recommended advantage, with its running means over the batches that it has seen."""

    def __init__(self):
        self.spreads = {}
        self.squares = {}

    def step(self, b, quality):
        live = [
            [[r for k in range(b.k) if isinstance(r := quality[i][k][a], float)] for a in range(b.a)]
            for i in range(b.n)
        ]
        self._watch_spreads(b, live)
        mixed = [self._mixed(b, quality, live, i) for i in range(b.n)]
        self._watch_squares(b, mixed)
        result = []
        for i in range(b.n):
            total, count = self.squares.get(b.domain[i], (1.0, 1.0))
            scale = math.sqrt(total / count) + 1e-4
            forms = [form(b, i, k) for k in range(b.k)]
            middle = sum(forms) / b.k
            part = [0.5 * (f - middle) / (spread(forms) + 1e-4) for f in forms]
            result.append([m / scale + f for m, f in zip(mixed[i], part, strict=True)])
        return result

    def _watch_spreads(self, b, live):
        for domain in set(b.domain):
            for a in range(b.a):
                seen = [spread(live[i][a]) for i in range(b.n) if b.domain[i] == domain and len(live[i][a]) > 1]
                if seen:
                    total, count = self.spreads.get((domain, a), (0.0, 0.0))
                    self.spreads[domain, a] = (0.99 * total + sum(seen) / len(seen), 0.99 * count + 1)

    def _watch_squares(self, b, mixed):
        for domain in set(b.domain):
            seen = [x * x for i in range(b.n) if b.domain[i] == domain and any(mixed[i]) for x in mixed[i]]
            if seen:
                total, count = self.squares.get(domain, (0.0, 0.0))
                self.squares[domain] = (0.99 * total + sum(seen) / len(seen), 0.99 * count + 1)

    def _mixed(self, b, quality, live, i):
        parts = weights([quality[i][0][a] != "masked" for a in range(b.a)])
        mixed = [0.0] * b.k
        for a in range(b.a):
            values = live[i][a]
            if len(values) < 2 or spread(values) <= 1e-3:
                continue
            total, count = self.spreads[b.domain[i], a]
            divisor = max(spread(values), total / count) + 1e-4
            middle = sum(values) / len(values)
            worst = (min(values) - middle) / divisor
            for k in range(b.k):
                r = quality[i][k][a]
                mixed[k] += parts[a] * ((r - middle) / divisor if isinstance(r, float) else worst)
        return mixed
