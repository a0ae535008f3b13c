//! Tests through the public interface.
#![cfg(test)]

mod examples;
mod real_az;
mod tags;
