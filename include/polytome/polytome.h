/* polytome/polytome.h - all of libpolytome. */
#ifndef POLYTOME_POLYTOME_H
#define POLYTOME_POLYTOME_H
#include <polytome/array.h>
#include <polytome/axis.h>
#include <polytome/common.h>
#include <polytome/context.h>
#include <polytome/correct.h>
#include <polytome/distributed.h>
#include <polytome/fbp.h>
#include <polytome/fft.h>
#include <polytome/operator.h>
#include <polytome/phantom.h>
#include <polytome/random.h>
#include <polytome/scan.h>
#include <polytome/simulate.h>
#include <polytome/solve.h>
#include <polytome/trajectory.h>
#include <polytome/vector.h>
#endif
