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
