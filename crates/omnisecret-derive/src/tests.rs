//! What is refused, with which words, and where the compiler points.
