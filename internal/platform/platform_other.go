//go:build !unix && !windows

package platform

// The compiler quotes the sentence.
const _ int = "Deputy runs on Linux, macOS and Windows: set GOOS to linux, darwin or windows"
