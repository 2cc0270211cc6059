/* Binning values of one type, REAL: included once for each, with a SUFFIX for its names. */

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(stem) JOIN(stem, SUFFIX)

/* Binary searches without branches, `lanes` of them side by side. */
ALWAYS_INLINE void NAME(search)(const REAL *values, size_t lanes, const REAL *edges, size_t n_edges,
                                uint8_t *out)
{
    size_t below[LANES] = {0};
    for (size_t left = n_edges; left > 1; left -= left / 2)
        for (size_t l = 0; l < lanes; l++) {
            int above = values[l] > edges[below[l] + left / 2 - 1];
            below[l] += left / 2 & -(size_t)above;
        }
    for (size_t l = 0; l < lanes; l++) {
        below[l] += n_edges && values[l] > edges[below[l]];
        out[l] = (uint8_t)((values[l] == values[l]) * (1 + below[l]));
    }
}

#if HAVE_VECTORS
typedef REAL NAME(Vector) __attribute__((vector_size(32), aligned(1), may_alias));
typedef WHOLE NAME(Counts) __attribute__((vector_size(32)));

/* Compares 4 vectors of values with each edge, and counts. */
ALWAYS_INLINE void NAME(count)(const REAL *values, const REAL *edges, size_t n_edges, uint8_t *out)
{
    enum { WIDE = 32 / sizeof(REAL) };
    const NAME(Vector) *v = (const NAME(Vector) *)(const void *)values;
    const NAME(Vector) a = v[0], b = v[1], c = v[2], d = v[3];
    NAME(Counts) counts[4] = {a == a, b == b, c == c, d == d};
    for (size_t e = 0; e < n_edges; e++) {
        const REAL edge = edges[e];
        counts[0] += a > edge;
        counts[1] += b > edge;
        counts[2] += c > edge;
        counts[3] += d > edge;
    }
    WHOLE numbers[4 * WIDE];
    memcpy(numbers, counts, sizeof numbers);
    for (size_t i = 0; i < 4 * WIDE; i++)
        out[i] = (uint8_t)-numbers[i]; /* true is -1 */
}
#endif

ALWAYS_INLINE void NAME(bin_all)(const REAL *edges, size_t n_edges, const REAL *values, size_t rows,
                                 uint8_t *out)
{
    size_t r = 0;
#if HAVE_VECTORS
    if (level >= WITH_AVX2 && n_edges <= COUNTED)
        for (; r + 128 / sizeof(REAL) <= rows; r += 128 / sizeof(REAL))
            NAME(count)(values + r, edges, n_edges, out + r);
#endif
    for (; r + LANES <= rows; r += LANES)
        NAME(search)(values + r, LANES, edges, n_edges, out + r);
    for (; r < rows; r++)
        NAME(search)(values + r, 1, edges, n_edges, out + r);
}

DISPATCH(NAME(bin), NAME(bin_all),
         (const REAL *edges, size_t n_edges, const REAL *values, size_t rows, uint8_t *out),
         (edges, n_edges, values, rows, out))

/* Whether a value is infinite. */
ALWAYS_INLINE void NAME(infinite_all)(const REAL *values, size_t rows, int *found)
{
    WHOLE any = 0;
    for (size_t r = 0; r < rows; r++) {
        const REAL nought = values[r] - values[r]; /* NaN for NaN and for infinities */
        any |= (values[r] == values[r]) & (nought != nought);
    }
    *found |= any != 0;
}

DISPATCH(NAME(infinite), NAME(infinite_all), (const REAL *values, size_t rows, int *found),
         (values, rows, found))

#undef JOIN2
#undef JOIN
#undef NAME
#undef REAL
#undef WHOLE
#undef SUFFIX
