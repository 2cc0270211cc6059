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

#define GROUP 32  /* outputs of a tile; those of a layer are filled up with weights of 0 */
#define PIXELS 12 /* pixels of a tile, at most */

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

#endif
