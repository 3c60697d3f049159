/* beam.h - where columns of voxels fall in an upright view: what the view tables of the flat, level and upright families
 * begin with.
 *
 * Column (x, y) of voxels has w = W0 + WX x + WY y (its distance from the source, over a distance near the volume's; 1 for
 * parallel beams) and falls on detector column (U0 + UX x + UY y) / w. Weighted back-projection multiplies by WEIGHT / w^2
 * and leaves out w < NEAR. */
#define BEAM 8
#define BEAM_U0 0
#define BEAM_UX 1
#define BEAM_UY 2
#define BEAM_W0 3
#define BEAM_WX 4
#define BEAM_WY 5
#define BEAM_WEIGHT 6
#define BEAM_NEAR 7
