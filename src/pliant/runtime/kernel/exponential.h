/* The exponential of a float64, without branches, so that compilers compute it lane by lane.
 *
 * x = k ln 2 + r with |r| <= ln 2 / 2; the series of exp(r) is cut after r**13, where what is left
 * out is below 1e-17. Within 2 units in the last place of the exact value (tested); what is beyond
 * +-708 counts as +-708; NaN stays NaN.
 */
#ifndef PLIANT_EXPONENTIAL_H
#define PLIANT_EXPONENTIAL_H

#include "levels.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

ALWAYS_INLINE double exponential(double x)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2**52: what is added to it is rounded */
    x = x < -708.0 ? -708.0 : x;
    x = x > 708.0 ? 708.0 : x;
    const double rounded = x * 1.4426950408889634 + shift, k = rounded - shift;
    const double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double sum = 1.0 / 6227020800.0;
    sum = sum * r + 1.0 / 479001600.0;
    sum = sum * r + 1.0 / 39916800.0;
    sum = sum * r + 1.0 / 3628800.0;
    sum = sum * r + 1.0 / 362880.0;
    sum = sum * r + 1.0 / 40320.0;
    sum = sum * r + 1.0 / 5040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    uint64_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    bits = (bits + 1023) << 52; /* the low bits of `rounded` are k */
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

#endif
