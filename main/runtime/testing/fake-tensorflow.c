/* Stands in for libtensorflow_framework (PART_FRAMEWORK), libtensorflow_cc (PART_API), a CUDA library
 * (PART_CUDA) and the compiled binding (PART_BINDING) in tests of staging: real shared libraries that
 * find each other the way the real ones do, in a fraction of a second and without TensorFlow. */
#if defined(PART_FRAMEWORK)
const char *fake_version(void) { return VERSION; }
#elif defined(PART_CUDA)
int fake_device_count(void) { return 1; }
#elif defined(PART_API)
#include <dlfcn.h>
#include <stddef.h>
extern const char *fake_version(void);
const char *fake_api_version(void) { return fake_version(); }
float fake_add(float a, float b) { return a + b; }
/* Like TensorFlow: opens CUDA by its bare name when it starts. */
int fake_uses_gpu(void) { return dlopen("libcudart.so.12", RTLD_LAZY) != NULL; }
#else
#include <node_api.h>
#include <stddef.h>
extern const char *fake_api_version(void);
extern float fake_add(float a, float b);
extern int fake_uses_gpu(void);
static float values[16];
static int count = 0;

static napi_value CreateTensor(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value argv[3], result;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  void *data;
  napi_get_typedarray_info(env, argv[2], NULL, NULL, &data, NULL, NULL);
  values[count] = *(float *)data;
  napi_create_int32(env, count++, &result);
  return result;
}

static napi_value ExecuteOp(napi_env env, napi_callback_info info) {
  napi_value result, tensor, id;
  (void)info;
  values[count] = fake_add(values[count - 2], values[count - 1]);
  napi_create_int32(env, count++, &id);
  napi_create_object(env, &tensor);
  napi_set_named_property(env, tensor, "id", id);
  napi_create_array(env, &result);
  napi_set_element(env, result, 0, tensor);
  return result;
}

static napi_value TensorDataSync(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1], result, value;
  int32_t id;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_int32(env, argv[0], &id);
  napi_create_array(env, &result);
  napi_create_double(env, values[id], &value);
  napi_set_element(env, result, 0, value);
  return result;
}

static napi_value IsUsingGpuDevice(napi_env env, napi_callback_info info) {
  napi_value result;
  (void)info;
  napi_get_boolean(env, fake_uses_gpu() != 0, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value version;
  napi_create_string_utf8(env, fake_api_version(), NAPI_AUTO_LENGTH, &version);
  napi_property_descriptor all[] = {
      {"createTensor", NULL, CreateTensor, NULL, NULL, NULL, napi_default, NULL},
      {"executeOp", NULL, ExecuteOp, NULL, NULL, NULL, napi_default, NULL},
      {"tensorDataSync", NULL, TensorDataSync, NULL, NULL, NULL, napi_default, NULL},
      {"isUsingGpuDevice", NULL, IsUsingGpuDevice, NULL, NULL, NULL, napi_default, NULL},
      {"TF_Version", NULL, NULL, NULL, NULL, version, napi_default, NULL},
  };
  napi_define_properties(env, exports, sizeof(all) / sizeof(all[0]), all);
  return exports;
}
#endif
