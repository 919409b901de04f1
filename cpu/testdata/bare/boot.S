# The first sector of the disk: from the BIOS into 64-bit mode with AVX-512 enabled,
# then the rest of the disk to 16 MiB, and there.

	.set LOAD, 0x1000000

	.code16
	.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	inb $0x92, %al			# address line 20
	orb $2, %al
	outb %al, $0x92
	# One gigabyte, mapped to itself in pages of 2 MiB.
	cld
	movw $0x1000, %di
	movw $0xc00, %cx
	xorl %eax, %eax
	rep stosl
	movl $0x2003, 0x1000
	movl $0x3003, 0x2000
	movw $0x3000, %di
	movl $0x83, %eax
	movw $512, %cx
1:	movl %eax, (%di)
	addl $0x200000, %eax
	addw $8, %di
	loop 1b
	movl $0x40620, %eax		# CR4: PAE, SSE, XSAVE
	movl %eax, %cr4
	movl $0x1000, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx		# EFER: long mode
	rdmsr
	orl $0x100, %eax
	wrmsr
	movl $0x80000013, %eax		# CR0: paging, protection
	movl %eax, %cr0
	lgdt gdtr
	ljmp $8, $long

	.code64
long:
	movw $16, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movq $0x90000, %rsp
	xorl %ecx, %ecx			# XCR0: x87, SSE, AVX, AVX-512
	movl $0xe7, %eax
	xorl %edx, %edx
	xsetbv
	movl $LOAD, %edi
	movl $1, %ebx			# the sector
	movl sectors, %ebp
2:	movw $0x1f7, %dx
3:	inb %dx, %al
	testb $0x80, %al
	jnz 3b
	movw $0x1f2, %dx
	movb $1, %al
	outb %al, %dx
	movl %ebx, %eax
	incw %dx
	outb %al, %dx
	shrl $8, %eax
	incw %dx
	outb %al, %dx
	shrl $8, %eax
	incw %dx
	outb %al, %dx
	shrl $8, %eax
	orb $0xe0, %al
	incw %dx
	outb %al, %dx
	incw %dx
	movb $0x20, %al			# read
	outb %al, %dx
4:	inb %dx, %al
	testb $8, %al
	jz 4b
	movw $0x1f0, %dx
	movl $256, %ecx
	rep insw
	incl %ebx
	decl %ebp
	jnz 2b
	movl $LOAD, %eax
	jmp *%rax

	.balign 8
gdt:	.quad 0, 0x00209a0000000000, 0x0000920000000000
gdtr:	.word 23
	.long gdt

	.org 506
sectors:
	.long 0				# how many to load
	.word 0xaa55
