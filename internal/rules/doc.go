// Package rules holds no code: its tests hold the whole module to the rules of its layout, so that
// what a folder may import, and what every exported name owes its reader, is no matter of
// discipline.
package rules
