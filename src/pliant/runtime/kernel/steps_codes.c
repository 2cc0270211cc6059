/* Steps that make codes and ids: what ops/codes.py says, to the last bit. */
#include "binning.h"
#include "program.h"

/* ---- slots alone ------------------------------------------------------------------------ */

int pack_gather(Pack *p)
{
    static const Want wants[] = {{"columns", U16, 1, 0, 0}};
    Py_buffer v[1] = {{0}};
    int done = -1;
    if (read_inputs(p, CODES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 1) == 0 &&
        below(v[0].buf, v[0].shape[0], p->step->n_in) == 0)
        done = same_columns(p, v[0].buf, (size_t)v[0].shape[0]);
    release(v, 1);
    return done;
}

int pack_concat(Pack *p)
{
    return read_inputs(p, CODES, 0) < 0 ? -1 : same_columns(p, NULL, p->step->n_in);
}

/* ---- lookup ----------------------------------------------------------------------------- */

static void lookup(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *columns = s->own[0];
    const int64_t *offsets = s->own[1];
    for (size_t j = 0; j < s->n; j++) {
        const uint8_t *table = (const uint8_t *)s->own[2] + offsets[j];
        const uint64_t size = (uint64_t)(offsets[j + 1] - offsets[j]);
        const int32_t *ids = at->ids + s->in[columns[j]] * stride;
        uint8_t *out = at->codes + (s->out + j) * stride;
        for (size_t r = 0; r < rows; r++)
            out[r] = table[(uint64_t)(int64_t)ids[r] < size ? ids[r] : 1];
    }
}

int pack_lookup(Pack *p)
{
    static const Want wants[] = {
        {"columns", U16, 1, 0, 0}, {"offsets", I64, 1, 0, 0}, {"table", U8, 1, 0, 0}};
    Py_buffer v[3] = {{0}};
    int done = -1;
    if (read_inputs(p, IDS, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 3) == 0 &&
        cuts_of(&v[1], v[0].shape[0], v[2].shape[0], 2, INT32_MAX) == 0 &&
        below(v[0].buf, v[0].shape[0], p->step->n_in) == 0 && keep_all(p, v, 3) == 0) {
        p->step->apply = lookup;
        done = new_wire(p, CODES, (size_t)v[0].shape[0]);
    }
    release(v, 3);
    return done;
}

/* ---- cross ------------------------------------------------------------------------------ */

/* The number of keys below `key`, by halves; it stays within them whatever they hold. */
static size_t keys_below(const int64_t *keys, size_t n, int64_t key)
{
    size_t low = 0;
    while (n > 0) {
        size_t half = n / 2;
        if (keys[low + half] < key) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

static void cross(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *first = s->own[0], *second = s->own[1];
    const int64_t *base = s->own[2], *offsets = s->own[4];
    for (size_t j = 0; j < s->n; j++) {
        const int64_t *keys = (const int64_t *)s->own[3] + offsets[j];
        const size_t n = (size_t)(offsets[j + 1] - offsets[j]);
        const int32_t *a = at->ids + s->in[first[j]] * stride;
        const int32_t *b = at->ids + s->in[second[j]] * stride;
        int32_t *out = at->ids + (s->out + j) * stride;
        for (size_t r = 0; r < rows; r++) {
            /* as NumPy multiplies: what overflows wraps */
            int64_t key = (int64_t)((uint64_t)(int64_t)a[r] * (uint64_t)base[j] +
                                    (uint64_t)(int64_t)b[r]);
            size_t place = keys_below(keys, n, key);
            place = place < n ? place : n - 1;
            out[r] = keys[place] == key ? (int32_t)(place + 2) : 1;
        }
    }
}

int pack_cross(Pack *p)
{
    static const Want wants[] = {{"first", U16, 1, 0, 0},
                                 {"second", U16, 1, 0, 0},
                                 {"base", I64, 1, 0, 0},
                                 {"keys", I64, 1, 0, 0},
                                 {"offsets", I64, 1, 0, 0}};
    Py_buffer v[5] = {{0}};
    int done = -1;
    if (read_inputs(p, IDS, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 5) == 0) {
        const Py_ssize_t n = v[0].shape[0];
        if (v[1].shape[0] != n || v[2].shape[0] != n)
            fail("expected first, second and base of one length");
        else if (below(v[0].buf, n, p->step->n_in) == 0 &&
                 below(v[1].buf, n, p->step->n_in) == 0 &&
                 cuts_of(&v[4], n, v[3].shape[0], 1, INT32_MAX - 2) == 0 &&
                 keep_all(p, v, 5) == 0) {
            p->step->apply = cross;
            done = new_wire(p, IDS, (size_t)n);
        }
    }
    release(v, 5);
    return done;
}

/* ---- bin -------------------------------------------------------------------------------- */

static void bin(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const double *edges = s->own[0];
    const int64_t *offsets = s->own[1];
    for (size_t j = 0; j < s->n; j++)
        bin_values(edges + offsets[j], (size_t)(offsets[j + 1] - offsets[j]),
                   at->values + s->in[j] * stride, rows, at->codes + (s->out + j) * stride);
}

int pack_bin(Pack *p)
{
    static const Want wants[] = {{"edges", F64, 1, 0, 0}, {"offsets", I64, 1, 0, 0}};
    Py_buffer v[2] = {{0}};
    int done = -1;
    if (read_inputs(p, VALUES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 2) == 0 &&
        cuts_of(&v[1], (Py_ssize_t)p->step->n_in, v[0].shape[0], 0, MAX_EDGES) == 0 &&
        keep_all(p, v, 2) == 0) {
        p->step->apply = bin;
        p->step->cost = 8 * p->step->n_in;
        done = new_wire(p, CODES, p->step->n_in);
    }
    release(v, 2);
    return done;
}
