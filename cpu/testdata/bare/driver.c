// Calls functions of a Go program on a bare processor, as the job behind this code
// on the disk says, and writes the memory that they changed back to the disk.
//
// A Go assembly function takes its arguments on the stack (ABI0).

typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;

// The job, at JOB; emulated_test.go writes it.
struct part { u64 to, from, length; }; // memory of the program: copied to where it was linked
struct call { u64 function, argument[7]; };
struct job {
	u64 parts, calls;              // numbers of them, which follow
	u64 result, sector, sectors;   // memory to write back, and where
	u64 features;                  // of the processor: written here, in the result
};

#define JOB ((struct job *)0x1010000)

static void out8(unsigned short port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static u8 in8(unsigned short port) {
	u8 v;
	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void invoke(const struct call *c) {
	__asm__ volatile(
		"pushq %%rbx; pushq %%rbp; pushq %%r12; pushq %%r13; pushq %%r14; pushq %%r15\n"
		"movq %%rdi, %%rax\n"
		"pushq 56(%%rax); pushq 48(%%rax); pushq 40(%%rax); pushq 32(%%rax); pushq 24(%%rax); pushq 16(%%rax); pushq 8(%%rax)\n"
		"call *(%%rax)\n"
		"addq $56, %%rsp\n"
		"popq %%r15; popq %%r14; popq %%r13; popq %%r12; popq %%rbp; popq %%rbx\n"
		: "+D"(c) : : "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory");
}

static void write_sector(u64 sector, const void *from) {
	while (in8(0x1f7) & 0x80) {}
	out8(0x1f2, 1);
	out8(0x1f3, sector), out8(0x1f4, sector >> 8), out8(0x1f5, sector >> 16), out8(0x1f6, 0xe0 | sector >> 24);
	out8(0x1f7, 0x30);
	while (!(in8(0x1f7) & 8)) {}
	u64 words = 256;
	unsigned short port = 0x1f0;
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(port) : "memory");
}

static u64 features(void) {
	u32 a = 7, b, c = 0, d;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return (u64)c << 32 | b;
}

__attribute__((section(".text.first"))) void _start(void) {
	struct job *j = JOB;
	struct part *p = (struct part *)(j + 1);
	struct call *c = (struct call *)(p + j->parts);
	for (u64 i = 0; i < j->parts; i++)
		for (u64 k = 0; k < p[i].length; k++)
			((u8 *)p[i].to)[k] = ((u8 *)p[i].from)[k];
	for (u64 i = 0; i < j->calls; i++)
		invoke(&c[i]);
	*(u64 *)j->features = features();
	for (u64 i = 0; i < j->sectors; i++)
		write_sector(j->sector + i, (u8 *)j->result + 512 * i);
	while (in8(0x1f7) & 0x80) {}
	out8(0x1f7, 0xe7); // flush
	while (in8(0x1f7) & 0x80) {}
	for (const char *s = "Shutdown"; *s; s++)
		__asm__ volatile("outb %0, %1" : : "a"(*s), "d"((unsigned short)0x8900));
	for (;;)
		__asm__ volatile("hlt");
}
