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

void flush(Sums *sums, Split kind, int64_t bases, double *out)
{
    const double worth = (double)(1u << kind.shift), base = (double)bases;
    for (size_t i = 0; i < BLOCK / 2; i++) {
        const uint16_t odd = sums->odd[0][i];
        const uint16_t even = (uint16_t)(sums->both[0][i] - (odd << 8));
        out[2 * i] += base + worth * even;
        out[2 * i + 1] += base + worth * odd;
    }
    for (size_t i = 0; kind.wide && i < BLOCK / 2; i++) {
        const uint16_t odd = sums->odd[1][i];
        const uint16_t even = (uint16_t)(sums->both[1][i] - (odd << 8));
        out[2 * i] += 256.0 * even;
        out[2 * i + 1] += 256.0 * odd;
    }
    memset(sums, 0, sizeof *sums);
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
