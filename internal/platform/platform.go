// Package platform stands for where Deputy runs: 64-bit processors, on Linux, macOS and Windows. Elsewhere it is
// refused by the compiler, in a sentence.
package platform
