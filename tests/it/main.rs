//! Tests through the public interface.
mod tags;
