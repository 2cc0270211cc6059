/* Whole-number leaves: as bytes, and from their sums to the outputs. */
#include "whole.h"
#include <string.h>

Split split_leaves(const int16_t *leaves, size_t n, size_t room, uint8_t *low, uint8_t *high)
{
    Split split = {0};
    memset(low, 0, room);
    memset(high, 0, room);
    if (n == 0)
        return split;
    int32_t least = leaves[0], most = leaves[0];
    for (size_t i = 1; i < n; i++) {
        least = leaves[i] < least ? leaves[i] : least;
        most = leaves[i] > most ? leaves[i] : most;
    }
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint32_t)(leaves[i] - least);
    while (bits && !(bits >> split.shift & 1))
        split.shift++;
    split.base = least;
    split.wide = (uint32_t)(most - least) >> split.shift > 255;
    if (split.wide)
        split.shift = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t above = (uint32_t)(leaves[i] - least) >> split.shift;
        low[i] = (uint8_t)above;
        high[i] = (uint8_t)(above >> 8);
    }
    return split;
}

/* Adds sums of one byte, worth 1 << shift each. */
ALWAYS_INLINE void add_sums(const uint16_t *restrict both, const uint16_t *restrict odd, int shift,
                            uint32_t *restrict even_to, uint32_t *restrict odd_to)
{
    NO_OVERLAP
    for (size_t i = 0; i < BLOCK / 2; i++) {
        even_to[i] += (uint32_t)(uint16_t)(both[i] - (odd[i] << 8)) << shift;
        odd_to[i] += (uint32_t)odd[i] << shift;
    }
}

ALWAYS_INLINE void flush_all(const Sums *sums, Split kind, Totals *totals)
{
    add_sums(sums->both[0], sums->odd[0], kind.shift, totals->even, totals->odd);
    if (kind.wide)
        add_sums(sums->both[1], sums->odd[1], 8, totals->even, totals->odd);
}

DISPATCH(flush_sums, flush_all, (const Sums *sums, Split kind, Totals *totals),
         (sums, kind, totals))

void flush(Sums *sums, Split kind, Totals *totals)
{
    flush_sums(sums, kind, totals);
    memset(sums, 0, sizeof *sums);
}

ALWAYS_INLINE void deliver_all(const Totals *totals, double *out)
{
    const double bases = (double)totals->bases;
    NO_OVERLAP
    for (size_t i = 0; i < BLOCK / 2; i++) {
        out[2 * i] += bases + (double)totals->even[i];
        out[2 * i + 1] += bases + (double)totals->odd[i];
    }
}

DISPATCH(deliver_totals, deliver_all, (const Totals *totals, double *out), (totals, out))

void deliver(Totals *totals, double *out)
{
    deliver_totals(totals, out);
    memset(totals, 0, sizeof *totals);
}

#if HAVE_AVX2

void add_whole(const uint8_t *numbers, const uint8_t *low, const uint8_t *high, size_t n_tables,
               Sums *sums)
{
    (level == WITH_AVX2 ? add_whole_avx2 : add_whole_avx512)(numbers, low, high, n_tables, sums);
}

void add_flat(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *sums)
{
    (level == WITH_AVX2 ? add_flat_avx2 : add_flat_avx512)(trees, n, wide, codes, sums);
}

#else /* nothing is packed where nothing can run */

void add_whole(const uint8_t *numbers, const uint8_t *low, const uint8_t *high, size_t n_tables,
               Sums *sums)
{
    (void)numbers, (void)low, (void)high, (void)n_tables, (void)sums;
}

void add_flat(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *sums)
{
    (void)trees, (void)n, (void)wide, (void)codes, (void)sums;
}

#endif
