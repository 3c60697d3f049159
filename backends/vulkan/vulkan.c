#include "backends/backend.h"
const ptm_backend ptm_backend_vulkan = { .name = "vulkan" };
