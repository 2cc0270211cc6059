/* Layers of convolutions on images: what runtime/ops/convolution.py says, to rounding.
 *
 * An image lies as height, width, channels, with the zeros around it that the layer wants. So a row
 * of a window is one run of values. The weights lie in groups of GROUP outputs, a value's weights
 * side by side: a tile takes the windows of several pixels through a group, sums in registers.
 */
#ifndef PLIANT_CONVOLUTION_H
#define PLIANT_CONVOLUTION_H

#include "levels.h"
#include <stddef.h>

#define GROUP 32    /* outputs of a tile; those of a layer are filled up with weights of 0 */
#define PIXELS 12   /* pixels of a tile, at most */
#define TOGETHER 48 /* squares that go through Winograd's algorithm together */
#define POINTS 16   /* values that it makes of each */
#define IMAGES 8    /* that go through a layer together, for its weights to be read once */

/* Where the values of a window lie: `runs` of `length` each, `apart` values between their starts. */
typedef struct {
    size_t runs, apart, length;
} Window;

/* Writes what the windows that begin at `from` give, GROUP outputs each, to rows of `out` that are
 * `row` values apart. */
typedef void (*Tile)(const float *const *from, const Window *window, const float *weights,
                     const float *bias, float *out, size_t row);

/* A tile of so many pixels. */
typedef struct {
    Tile tile;
    size_t pixels;
} Tiles;

#if HAVE_AVX2
extern const Tiles TILES_AVX2, TILES_AVX512;
#endif

/* A layer. What it reads has `high` x `wide` pixels with the zeros around; what it makes, `rows` x
 * `columns` after the pooling. `starts` has where the window of each of `n_pixels` begins; those of
 * one square that is pooled lie together. Where it is `quick`, Winograd's algorithm makes squares
 * of 2 x 2 pixels instead, `down` x `across`. */
typedef struct {
    size_t outputs, channels, padding, pool, high, wide, rows, columns, groups, n_pixels;
    size_t down, across;
    Window window;
    uint32_t *starts;
    float *weights, *bias;
    int relu, quick;
} Layer;

typedef struct {
    Layer *layers;
    size_t n_layers, height, width, channels, cost;
    size_t held, made; /* values that the images of all layers have, and a layer makes at most */
    int mean;          /* of a channel's pixels in the end, not the greatest */
} Net;

#define NET "pliant.convolutions"

/* Values of an image that a layer reads, its zeros included. */
static inline size_t values_of(const Layer *layer)
{
    return layer->high * layer->wide * layer->channels;
}

/* Where what a layer makes goes: the first pixel, with `each` values from image to image and `wide`
 * pixels from row to row. */
typedef struct {
    float *pixels;
    size_t each, wide;
} Target;

/* Weights of a layer by Winograd's algorithm: POINTS from each 3 x 3, `apart` values between those
 * of the window, and `further` between those that are made. */
void winograd_weights(const float *window, size_t apart, float *to, size_t further);

/* Values that it needs for itself. */
size_t winograd_scratch(const Layer *layer);

/* Takes images through a layer that is quick. */
void winograd(const Layer *layer, Tiles tiles, const float *images, size_t n_images, Target target,
              float *scratch);

#endif
