/* A program: steps over planes of columns.
 *
 * Every wire is a list of slots, columns of one of three planes: codes (uint8), ids (int32) and
 * values (float64). A block of rows goes through all steps at once; column s of a plane lies at
 * s * stride, where the stride is BLOCK, or 1 when a row is alone. To pick columns or to put them
 * side by side is therefore a matter of slots, settled when the program is packed.
 */
#ifndef PLIANT_PROGRAM_H
#define PLIANT_PROGRAM_H

#include "levels.h"
#include "module.h"
#include "running.h"

#define MAX_SLOTS (1 << 24) /* columns of a plane */
#define MAX_ARRAYS 8        /* of a step */

typedef struct {
    uint8_t *codes;
    int32_t *ids;
    double *values;
    uint8_t *scratch; /* of the step that runs; its first 256 rows are constants: row i holds i */
} Planes;

#define CONSTANTS 256

typedef struct Step Step;

/* Runs a step over `rows` rows, at most BLOCK; the stride is 1 for a row alone, otherwise BLOCK. */
typedef void (*Apply)(const Step *step, const Planes *planes, size_t stride, size_t rows);

struct Step {
    Apply apply;
    size_t n;          /* output columns */
    uint32_t out;      /* the slot of the first of them */
    uint32_t *in;      /* slots that are read */
    size_t n_in;
    size_t number;     /* a setting */
    size_t scratch;    /* bytes, beyond the constants, for a block */
    size_t row_scratch; /* bytes for a row alone */
    size_t cost;       /* of a row, in the units of `run` */
    void *own[6];      /* checked copies of arrays, freed with the step */
    void *model;       /* trees; freed by `drop` */
    void (*drop)(void *model);
};

enum { CODES, IDS, VALUES };

typedef struct {
    int kind;
    uint32_t *slots;
    size_t width;
} Wire;

typedef struct {
    Step *steps;
    Wire *wires;
    size_t n_steps, n_wires, n_inputs, n_outputs, slots[3], scratch, row_scratch, cost;
    size_t *outputs; /* wires that are given back */
} Program;

#define PROGRAM "pliant.program"

/* What is known of a step while it is packed. */
typedef struct {
    Program *all;
    Step *step;
    const Wire *inputs; /* copies that are not owned */
    size_t n_inputs;
    PyObject *arrays[MAX_ARRAYS];
    Py_ssize_t n_arrays;
    Wire *out;
} Pack;

/* Makes `out` a wire of new columns and notes them in the step; -1 with an exception. */
int new_wire(Pack *p, int kind, size_t width);

/* Notes the slots of all inputs in the step, which must be `count` of a kind; count 0: any. */
int read_inputs(Pack *p, int kind, size_t count);

/* Makes `out` of columns that the step's input has: those listed, or the first `n`. */
int same_columns(Pack *p, const uint16_t *columns, size_t n);

/* Keeps copies of the first `n` arrays in `step->own`. */
int keep_all(Pack *p, const Py_buffer *views, int n);

/* 0 where every element is below the bound, otherwise -1 with an exception. */
int below(const uint16_t *elements, Py_ssize_t n, size_t bound);

/* 0 where offsets cut `length` elements into n parts of `least` to `most` each. */
int cuts_of(const Py_buffer *offsets, Py_ssize_t n, Py_ssize_t length, int64_t least,
            int64_t most);

int pack_gather(Pack *p);
int pack_lookup(Pack *p);
int pack_cross(Pack *p);
int pack_bin(Pack *p);
int pack_concat(Pack *p);
int pack_decode(Pack *p);
int pack_arithmetic(Pack *p);
int pack_dense(Pack *p);
int pack_tables(Pack *p);
int pack_trees(Pack *p);
int pack_oblivious(Pack *p);
int pack_link(Pack *p);
int pack_mix(Pack *p);
int pack_affine(Pack *p);
int pack_neighbours(Pack *p);

#endif
