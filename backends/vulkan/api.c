/* api.c - opening Vulkan. */
#include "api.h"
#include "core/device.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* One instance in a process, never destroyed: what a probe hands out (VkPhysicalDevice) belongs to it and has no hour of
 * release, contexts come and go on any thread, and drivers stay loaded anyway. A failure is not kept: the next context
 * tries again. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct vulkan_instance process_instance;

static PFN_vkGetInstanceProcAddr open_library(char *reason, size_t reason_size)
{
    static const char *const names[] = { "libvulkan.so.1", "libvulkan.so", NULL };
    static void *library;
    if (!library) library = ptm_library_open(names, reason, reason_size);
    if (!library) return NULL;
    void *symbol = ptm_library_symbol(library, "vkGetInstanceProcAddr");
    if (!symbol) snprintf(reason, reason_size, "libvulkan has no vkGetInstanceProcAddr");
    PFN_vkGetInstanceProcAddr get;
    memcpy(&get, &symbol, sizeof get); /* C has no cast from an object's pointer to a function's */
    return get;
}

static const char *load_instance(struct vulkan_instance *v, PFN_vkGetInstanceProcAddr get)
{
#define LOAD(name) \
    v->name = (PFN_vk##name)get(v->instance, "vk" #name); \
    if (!v->name) return "vk" #name;
    VULKAN_INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
    return NULL;
}

static bool create_instance(struct vulkan_instance *v, char *reason, size_t reason_size)
{
    PFN_vkGetInstanceProcAddr get = open_library(reason, reason_size);
    if (!get) return false;
    /* A loader of Vulkan 1.0 refuses to be asked for more, and has not this function. */
    PFN_vkCreateInstance create = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
    if (!create || !get(NULL, "vkEnumerateInstanceVersion")) {
        snprintf(reason, reason_size, "the Vulkan loader is older than 1.1");
        return false;
    }
    VkApplicationInfo application = { .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pEngineName = "Polytome",
        .apiVersion = VK_API_VERSION_1_2 };
    VkInstanceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application };
    VkResult result = create(&info, NULL, &v->instance);
    if (result) {
        snprintf(reason, reason_size, result == VK_ERROR_INCOMPATIBLE_DRIVER ? "no Vulkan driver (%s)"
            : "vkCreateInstance: %s", ptm_vulkan_result_name(result));
        v->instance = VK_NULL_HANDLE;
        return false;
    }
    const char *missing = load_instance(v, get);
    if (!missing) return true;
    snprintf(reason, reason_size, "the Vulkan loader has no %s", missing);
    if (v->DestroyInstance) v->DestroyInstance(v->instance, NULL);
    v->instance = VK_NULL_HANDLE;
    return false;
}

const struct vulkan_instance *ptm_vulkan_instance(char *reason, size_t reason_size)
{
    pthread_mutex_lock(&lock);
    bool there = process_instance.instance || create_instance(&process_instance, reason, reason_size);
    pthread_mutex_unlock(&lock);
    return there ? &process_instance : NULL;
}

int ptm_vulkan_load_functions(struct vulkan_functions *functions, const struct vulkan_instance *instance, VkDevice device)
{
    const char *missing = NULL;
#define LOAD(name) functions->name = (PFN_vk##name)instance->GetDeviceProcAddr(device, "vk" #name);
#define NEED(name) \
    LOAD(name) \
    if (!functions->name) missing = "vk" #name;
    VULKAN_DEVICE_FUNCTIONS(NEED)
    VULKAN_EXTENSION_FUNCTIONS(LOAD)
#undef NEED
#undef LOAD
    return missing ? ptm_fail(PTM_ERROR_DEVICE, "the Vulkan driver has no %s", missing) : PTM_OK;
}

const char *ptm_vulkan_result_name(VkResult result)
{
    switch ((int)result) {
#define NAME(name) \
    case name: return #name;
        NAME(VK_SUCCESS)
        NAME(VK_NOT_READY)
        NAME(VK_TIMEOUT)
        NAME(VK_INCOMPLETE)
        NAME(VK_ERROR_OUT_OF_HOST_MEMORY)
        NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY)
        NAME(VK_ERROR_INITIALIZATION_FAILED)
        NAME(VK_ERROR_DEVICE_LOST)
        NAME(VK_ERROR_MEMORY_MAP_FAILED)
        NAME(VK_ERROR_LAYER_NOT_PRESENT)
        NAME(VK_ERROR_EXTENSION_NOT_PRESENT)
        NAME(VK_ERROR_FEATURE_NOT_PRESENT)
        NAME(VK_ERROR_INCOMPATIBLE_DRIVER)
        NAME(VK_ERROR_TOO_MANY_OBJECTS)
        NAME(VK_ERROR_FORMAT_NOT_SUPPORTED)
        NAME(VK_ERROR_FRAGMENTED_POOL)
        NAME(VK_ERROR_UNKNOWN)
        NAME(VK_ERROR_OUT_OF_POOL_MEMORY)
        NAME(VK_ERROR_INVALID_EXTERNAL_HANDLE)
        NAME(VK_ERROR_FRAGMENTATION)
        NAME(VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS)
#undef NAME
    }
    static _Thread_local char text[32];
    snprintf(text, sizeof text, "VkResult %d", (int)result);
    return text;
}

int ptm_vulkan_status(VkResult result)
{
    switch ((int)result) {
    case VK_SUCCESS: return PTM_OK;
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_FRAGMENTATION:
    case VK_ERROR_MEMORY_MAP_FAILED:
    case VK_ERROR_TOO_MANY_OBJECTS:               /* more than maxMemoryAllocationCount */
    case VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS: /* no address left for a buffer */
        return PTM_ERROR_MEMORY;
    case VK_ERROR_DEVICE_LOST: return PTM_ERROR_DEVICE_LOST;
    case VK_ERROR_FEATURE_NOT_PRESENT:
    case VK_ERROR_EXTENSION_NOT_PRESENT:
    case VK_ERROR_FORMAT_NOT_SUPPORTED:
    case VK_ERROR_INVALID_EXTERNAL_HANDLE: return PTM_ERROR_UNSUPPORTED;
    default: return PTM_ERROR_DEVICE;
    }
}
