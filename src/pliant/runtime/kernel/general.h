/* General trees, packed. */
#ifndef PLIANT_GENERAL_H
#define PLIANT_GENERAL_H

#include "program.h"
#include "sums.h"
#include "whole.h"

#define MOST_LEAVES 256 /* of a tree that is evaluated from its leaves up */

/* Inner node i owns two neighbouring slots, 2i and 2i + 1, that hold a copy of its left and its
 * right child; slot 2N + t holds the root of tree t. One step of a walk is then
 * `slot = child + (code > threshold)`, and a leaf steps onto itself, as no code exceeds 255. */
typedef struct {
    uint32_t child, question; /* question: column << 8 | threshold */
} Slot;

/* A node of a tree that is evaluated from its leaves up. `left` and `right` say where in the
 * scratch space the numbers of the leaves below lie: a constant, or what another node wrote. */
typedef struct {
    uint32_t column; /* where its codes begin in the plane */
    uint32_t left, right;
    uint8_t threshold;
} Choice;

typedef struct {
    uint32_t first, n; /* its choices; n is LARGE for a tree that is walked */
    uint32_t root;     /* where in the scratch space the numbers of its leaves lie in the end */
    uint32_t leaves;   /* where its leaves start in `values` */
    uint32_t slot;     /* of its root, where it is walked from */
    uint32_t bytes;    /* where its leaves start in `bytes`, the low ones and then the high ones */
    Split split;       /* how they are written there */
    uint16_t output;
    uint8_t n_tables;  /* of TABLE bytes, low ones alone */
} Tree;

#define LARGE UINT32_MAX
#define PADDING 64 /* bytes that may be read beyond the last table */

typedef struct {
    Slot *slots;
    uint32_t *leaf_at; /* of a slot: where its values start in `leaves` */
    float *leaves;
    Tree *trees;       /* those of one output after another, in their order */
    Choice *choices;
    float *values;     /* leaves of trees that are evaluated from their leaves up */
    double *scale;     /* of whole-number leaves, or NULL */
    uint8_t *bytes;    /* of whole-number leaves, one value each, or NULL */
    size_t n_inner, n_trees, n_values, n_outputs, n_choices, n_small, n_bytes; /* n_small: of `values` */
} General;

/* Runs a step whose model is a `General`. */
void run_general(const Step *s, const Planes *at, size_t stride, size_t rows);

#endif
