"""Memory of web and workers while lists keep coming: it must stay flat.

python -m bench.memory LISTS   (in steps of 10,000; prints the rate, the lists held or refused by a rule, and the largest process after each step)
"""

from __future__ import annotations

import sys
from time import perf_counter

from bench.place import own

STEP = 10_000
ENOUGH_FEN = 10**15  # a guarantee that a million lists do not use up


def main(lists: int) -> int:
    """Feed the product step by step, made anew each time, in one running installation."""
    with own("memory") as data:
        from bench import product
        from bench.intake import violated
        from bench.material import keyring, material, today
        from gongfu.base.access.actor import OPERATOR
        from gongfu.config.demo import enrol
        from gongfu.config.processes import until
        from gongfu.modules.tax.actions import set_guarantee
        from gongfu.peers.firms import firms
        from gongfu.zones.plan import plans

        keys = keyring(data)
        plan = plans()["nanchong"]
        enrol(plan, keys, today())
        for firm in firms(plan)["platform"]:
            set_guarantee(OPERATOR, firm.code, ENOUGH_FEN)
        with product.running(data) as numbers:
            for start in range(0, lists, STEP):
                made = material(keys, STEP, 100, today(), start)
                tokens = {firm.code: product.token(firm) for firm in made.senders.values()}
                began = perf_counter()
                product.post_all(made, tokens)
                wanted = start + STEP
                done = until(product.idle, product.PATIENCE_SECONDS)
                rate = STEP / (perf_counter() - began)
                if not done:
                    print(f"only {product.ready_lists():,} of {wanted:,} lists became ready", file=sys.stderr)
                    return 1
                other, peak = wanted - product.ready_lists(), product.peak_mib(numbers)
                print(f"{wanted:>9,} lists  {rate:>6,.0f}/s  {other} not ready  {peak:,.0f} MiB", flush=True)
        broken = violated()
        print(*broken or ["every invariant holds"], sep="\n", flush=True)
        return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
