/* clearance.h - slices nearer to the source than this part of a voxel are left out, by every family and both directions
 * alike. */
#define CLEARANCE 0.001f
