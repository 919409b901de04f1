// A CUDA driver for tests: the entry points that package cuda calls, on the host. Kernels
// come from libraries of package emulation; the PTX says only which there are. Streams do
// nothing until somebody waits, so that who forgets to wait finds what was there before.
// What a real driver would not notice is written down: see standin_report.
#include "machine.h"

#include <dlfcn.h>
#include <thread>

#define EXPORT extern "C" __attribute__((visibility("default")))

static Machine &machine = *new Machine;
static thread_local Context *current;

// ENTER begins a call that needs a context that works.
#define ENTER(name) \
	const std::lock_guard<std::mutex> lock(machine.guard); \
	if (!current || current->users == 0) { \
		machine.blame(name ": no context is current on this thread"); \
		return INVALID_CONTEXT; \
	} \
	Context &context = *current; \
	if (context.broken != SUCCESS) \
		return context.broken

// OWN finds what a handle of the context stands for.
#define OWN(name, of, handle) \
	if (!context.of.count(handle)) { \
		machine.blame(name ": " #handle " is not of this context, or was destroyed"); \
		return INVALID_HANDLE; \
	}

EXPORT Result cuInit(unsigned)
{
	const std::lock_guard<std::mutex> lock(machine.guard);
	machine.started = machine.settings["init"] == SUCCESS;
	return Result(machine.settings["init"]);
}

EXPORT Result cuDriverGetVersion(int *version) { return *version = int(machine.settings["version"]), SUCCESS; }

EXPORT Result cuDeviceGetCount(int *count)
{
	*count = machine.started ? int(machine.settings["devices"]) : 0;
	return machine.started ? SUCCESS : NOT_INITIALIZED;
}

EXPORT Result cuDeviceGet(int *device, int ordinal)
{
	*device = ordinal;
	return ordinal < machine.settings["devices"] ? SUCCESS : INVALID_DEVICE;
}

EXPORT Result cuDeviceGetName(char *name, int size, int) { return snprintf(name, size, "Stand-in"), SUCCESS; }

EXPORT Result cuDeviceGetAttribute(int *value, int attribute, int)
{
	const int capability = int(machine.settings["capability"]);
	switch (attribute) {
	case 75: return *value = capability / 10, SUCCESS;
	case 76: return *value = capability % 10, SUCCESS;
	}
	machine.blame("cuDeviceGetAttribute: attribute " + std::to_string(attribute) + " is not known here");
	return INVALID_VALUE;
}

EXPORT Result cuDevicePrimaryCtxRetain(void **context, int device)
{
	const std::lock_guard<std::mutex> lock(machine.guard);
	Context &c = machine.contexts[device];
	c.users++;
	*context = &c;
	return SUCCESS;
}

EXPORT Result cuDevicePrimaryCtxRelease_v2(int device)
{
	const std::lock_guard<std::mutex> lock(machine.guard);
	Context &c = machine.contexts[device];
	if (c.users == 0)
		return INVALID_CONTEXT;
	c.users--;
	return SUCCESS;
}

EXPORT Result cuCtxSetCurrent(void *context)
{
	current = static_cast<Context *>(context);
	return SUCCESS;
}

EXPORT Result cuStreamCreate(Stream **stream, unsigned)
{
	ENTER("cuStreamCreate");
	*stream = new Stream{&context, {}};
	context.streams[*stream].reset(*stream);
	return SUCCESS;
}

EXPORT Result cuStreamSynchronize(Stream *stream)
{
	ENTER("cuStreamSynchronize");
	OWN("cuStreamSynchronize", streams, stream);
	return machine.run(*stream, stream->asked);
}

EXPORT Result cuStreamDestroy_v2(Stream *stream)
{
	ENTER("cuStreamDestroy");
	OWN("cuStreamDestroy", streams, stream);
	machine.run(*stream, stream->asked);
	context.streams.erase(stream);
	return SUCCESS;
}

EXPORT Result cuEventCreate(Event **event, unsigned)
{
	ENTER("cuEventCreate");
	*event = new Event{&context};
	context.events[*event].reset(*event);
	return SUCCESS;
}

EXPORT Result cuEventRecord(Event *event, Stream *stream)
{
	ENTER("cuEventRecord");
	OWN("cuEventRecord", events, event);
	OWN("cuEventRecord", streams, stream);
	event->stream = stream;
	event->after = stream->asked;
	return SUCCESS;
}

EXPORT Result cuEventSynchronize(Event *event)
{
	ENTER("cuEventSynchronize");
	OWN("cuEventSynchronize", events, event);
	return event->stream ? machine.run(*event->stream, event->after) : SUCCESS;
}

EXPORT Result cuEventDestroy_v2(Event *event)
{
	ENTER("cuEventDestroy");
	OWN("cuEventDestroy", events, event);
	context.events.erase(event);
	return SUCCESS;
}

EXPORT Result cuMemGetInfo_v2(size_t *free, size_t *total)
{
	ENTER("cuMemGetInfo");
	*total = size_t(machine.settings["memory"]);
	*free = *total - std::min(*total, context.used);
	return SUCCESS;
}

EXPORT Result cuMemAlloc_v2(Address *address, size_t bytes)
{
	ENTER("cuMemAlloc");
	if (bytes == 0)
		return INVALID_VALUE;
	if (context.used + bytes > size_t(machine.settings["memory"]) || machine.libraries.empty())
		return OUT_OF_MEMORY;
	void *p = machine.libraries[0].alloc(bytes);
	if (!p)
		return OUT_OF_MEMORY;
	*address = Address(p);
	context.memory[*address] = bytes;
	context.used += bytes;
	return SUCCESS;
}

EXPORT Result cuMemFree_v2(Address address)
{
	ENTER("cuMemFree");
	const auto at = context.memory.find(address);
	if (at == context.memory.end()) {
		machine.blame("cuMemFree: there is no memory at that address");
		return INVALID_VALUE;
	}
	for (auto &s : context.streams)
		if (s.second->done < s.second->asked)
			machine.blame("cuMemFree: " + std::to_string(s.second->asked - s.second->done) + " operations have not run yet");
	context.freed.push_back({at->first, at->second});
	context.used -= at->second;
	context.memory.erase(at);
	if (context.freed.size() > 64) {
		machine.libraries[0].free(reinterpret_cast<void *>(context.freed.front().first));
		context.freed.pop_front();
	}
	return SUCCESS;
}

EXPORT Result cuMemHostAlloc(void **p, size_t bytes, unsigned)
{
	ENTER("cuMemHostAlloc");
	*p = malloc(bytes);
	context.pinned[*p] = bytes;
	return SUCCESS;
}

EXPORT Result cuMemFreeHost(void *p)
{
	ENTER("cuMemFreeHost");
	OWN("cuMemFreeHost", pinned, p);
	context.pinned.erase(p);
	free(p);
	return SUCCESS;
}

// copy asks for a copy between a device and the host.
static Result copy(const char *call, Address device, const void *host, size_t bytes, Stream *stream, std::function<void()> operation)
{
	ENTER("a copy");
	OWN("a copy", streams, stream);
	if (!Machine::holds(context, device, bytes)) {
		machine.blame(std::string(call) + ": the device has no such memory");
		return INVALID_VALUE;
	}
	if (!Machine::holds(context.pinned, host, bytes))
		machine.blame(std::string(call) + ": memory of the host that is not pinned, and may be gone when it is copied");
	stream->asked++;
	stream->pending.push_back([operation] { return operation(), SUCCESS; });
	return SUCCESS;
}

EXPORT Result cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, Stream *stream)
{
	return copy("cuMemcpyHtoDAsync", to, from, bytes, stream, [=] { memcpy(reinterpret_cast<void *>(to), from, bytes); });
}

EXPORT Result cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, Stream *stream)
{
	return copy("cuMemcpyDtoHAsync", from, to, bytes, stream, [=] { memcpy(to, reinterpret_cast<void *>(from), bytes); });
}

EXPORT Result cuModuleLoadDataEx(Module **module, const char *text, unsigned count, const int *options, void **values)
{
	ENTER("cuModuleLoadDataEx");
	Result result = Result(machine.settings["load"]);
	if (result == SUCCESS && !strstr(text, ".version"))
		result = INVALID_PTX;
	for (unsigned i = 0; i + 1 < count && result != SUCCESS; i++)
		if (options[i] == 5 && options[i + 1] == 6) // CU_JIT_ERROR_LOG_BUFFER and its size
			snprintf(static_cast<char *>(values[i]), reinterpret_cast<size_t>(values[i + 1]), "line 1: the stand-in does not like this\n");
	if (result != SUCCESS)
		return result;
	*module = new Module{&context, text};
	context.modules[*module].reset(*module);
	return SUCCESS;
}

EXPORT Result cuModuleUnload(Module *module)
{
	ENTER("cuModuleUnload");
	OWN("cuModuleUnload", modules, module);
	for (auto f = context.functions.begin(); f != context.functions.end();)
		f = f->first->module == module ? context.functions.erase(f) : std::next(f);
	context.modules.erase(module);
	return SUCCESS;
}

EXPORT Result cuModuleGetFunction(Function **function, Module *module, const char *name)
{
	ENTER("cuModuleGetFunction");
	OWN("cuModuleGetFunction", modules, module);
	if (module->text.find(std::string(".entry ") + name + "(") == std::string::npos)
		return NOT_FOUND;
	for (const Kernels &l : machine.libraries) {
		const size_t *sizes;
		uint64_t count;
		const char *found;
		for (uint64_t i = 0; (found = l.kernel(i, &sizes, &count)); i++) {
			if (strcmp(found, name) != 0)
				continue;
			*function = new Function{module, &l, name, {sizes, sizes + count}};
			context.functions[*function].reset(*function);
			return SUCCESS;
		}
	}
	machine.blame(std::string("cuModuleGetFunction: no library has kernel ") + name);
	return NOT_FOUND;
}

EXPORT Result cuFuncSetAttribute(Function *function, int attribute, int value)
{
	ENTER("cuFuncSetAttribute");
	OWN("cuFuncSetAttribute", functions, function);
	if (attribute != 8 || value > 227 << 10) // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
		return INVALID_VALUE;
	function->shared = value;
	return SUCCESS;
}

EXPORT Result cuLaunchKernel(Function *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
	Stream *stream, void **parameters, void **)
{
	ENTER("cuLaunchKernel");
	OWN("cuLaunchKernel", functions, function);
	OWN("cuLaunchKernel", streams, stream);
	if (++machine.refused == machine.settings["refuse"])
		return LAUNCH_OUT_OF_RESOURCES;
	if (gx == 0 || gy == 0 || gz == 0 || gx > 0x7fffffff || gy > 65535 || gz > 65535 || bx * by * bz == 0 || bx * by * bz > 1024 ||
		int(shared) > function->shared)
		return INVALID_VALUE;
	std::vector<std::vector<uint64_t>> values;
	for (size_t i = 0; i < function->sizes.size(); i++) {
		values.emplace_back((function->sizes[i] + 15) / 8);
		memcpy(values[i].data(), parameters[i], function->sizes[i]);
		for (auto &f : context.freed)
			if (function->sizes[i] == 8 && values[i][0] >= f.first && values[i][0] < f.first + f.second)
				machine.blame("kernel " + function->name + ": argument " + std::to_string(i) + " is memory that was freed");
	}
	stream->asked++;
	stream->pending.push_back([=]() mutable -> Result {
		if (++machine.launched == machine.settings["break"])
			return Result(machine.settings["broken"]);
		const uint32_t grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
		std::vector<void *> pointers;
		for (auto &v : values)
			pointers.push_back(v.data());
		char message[512];
		const unsigned threads = machine.settings["threads"] ? unsigned(machine.settings["threads"]) : std::thread::hardware_concurrency();
		if (function->library->launch(function->name.c_str(), grid, block, pointers.data(), function->sizes.data(), function->sizes.size(), threads, 0,
				message, sizeof message) == 0)
			return SUCCESS;
		machine.blame("kernel " + function->name + ": " + message);
		return LAUNCH_FAILED;
	});
	return SUCCESS;
}

static const std::map<Result, std::pair<const char *, const char *>> words = {
	{OUT_OF_MEMORY, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
	{INVALID_VALUE, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
	{NO_DEVICE, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
	{INVALID_PTX, {"CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"}},
	{UNSUPPORTED_PTX_VERSION, {"CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."}},
	{ILLEGAL_ADDRESS, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
	{LAUNCH_OUT_OF_RESOURCES, {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"}},
	{LAUNCH_FAILED, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
};

EXPORT Result cuGetErrorName(Result r, const char **name)
{
	const auto w = words.find(r);
	return w == words.end() ? *name = nullptr, INVALID_VALUE : (*name = w->second.first, SUCCESS);
}

EXPORT Result cuGetErrorString(Result r, const char **text)
{
	const auto w = words.find(r);
	return w == words.end() ? *text = nullptr, INVALID_VALUE : (*text = w->second.second, SUCCESS);
}

// standin_set changes a setting, or adds a library of kernels, and begins to count launches
// again: name=value, separated by commas. It returns 0, or 1 if it does not know something.
EXPORT int standin_set(const char *settings)
{
	const std::lock_guard<std::mutex> lock(machine.guard);
	machine.launched = machine.refused = 0;
	std::string rest = settings;
	while (!rest.empty()) {
		const size_t end = std::min(rest.find(','), rest.size()), middle = rest.find('=');
		if (middle == std::string::npos || middle > end)
			return 1;
		const std::string name = rest.substr(0, middle), value = rest.substr(middle + 1, end - middle - 1);
		rest.erase(0, end + 1);
		if (name == "kernels") {
			void *library = dlopen(value.c_str(), RTLD_NOW | RTLD_LOCAL);
			if (!library)
				return 1;
			machine.libraries.push_back({(decltype(Kernels::kernel))dlsym(library, "emulation_kernel"),
				(decltype(Kernels::launch))dlsym(library, "emulation_launch"), (decltype(Kernels::alloc))dlsym(library, "emulation_alloc"),
				(decltype(Kernels::free))dlsym(library, "emulation_free")});
		} else if (machine.settings.numbers.count(name))
			machine.settings.numbers[name] = atoll(value.c_str());
		else
			return 1;
	}
	return 0;
}

// standin_reset forgets what was set, but not the libraries, and all contexts.
EXPORT void standin_reset()
{
	const std::lock_guard<std::mutex> lock(machine.guard);
	machine.settings = Settings();
	for (auto &c : machine.contexts)
		c.second = Context(); // at the same place: it may be current somewhere
	machine.misuse.clear();
	machine.launched = machine.refused = 0;
}

// standin_report writes what was done wrong, and what was not given back, a line each.
EXPORT void standin_report(char *report, size_t size)
{
	const std::lock_guard<std::mutex> lock(machine.guard);
	std::string all = machine.misuse;
	for (auto &[device, c] : machine.contexts) {
		const std::pair<const char *, size_t> left[] = {{"uses of the context", size_t(c.users)}, {"allocations", c.memory.size()},
			{"streams", c.streams.size()}, {"events", c.events.size()}, {"modules", c.modules.size()}, {"pinned allocations", c.pinned.size()}};
		for (auto &[what, count] : left)
			if (count > 0)
				all += "device " + std::to_string(device) + ": " + std::to_string(count) + " " + what + " left\n";
	}
	snprintf(report, size, "%s", all.c_str());
}

// A process that was given the stand-in as its driver has its settings in the environment.
static const bool configured = [] {
	const char *settings = getenv("APPROXTRAIN_STANDIN");
	if (settings && standin_set(settings) != 0)
		fprintf(stderr, "APPROXTRAIN_STANDIN=%s is not understood\n", settings);
	return settings != nullptr;
}();
