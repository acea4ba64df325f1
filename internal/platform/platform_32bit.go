//go:build 386 || arm || mips || mipsle || armbe || ppc || s390 || sparc || riscv || mips64p32 || mips64p32le || amd64p32

package platform

// The compiler quotes the sentence.
const _ int = "Deputy needs a 64-bit processor, such as amd64 or arm64: set GOARCH to one, or use another machine"
