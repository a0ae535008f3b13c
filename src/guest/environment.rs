//! Proxies as variables of an environment: the same eight variables, read differently by everyone.

use std::collections::BTreeMap;

use super::Named;
use crate::probe::{NoProxy, Proxy};

words! {
    /// The variables that name proxies, and hosts that need none. Case counts.
    Variable {
        /// For plain HTTP.
        Http = "http_proxy",
        /// The same; curl does not read it.
        HttpUpper = "HTTP_PROXY",
        /// For HTTPS.
        Https = "https_proxy",
        /// The same.
        HttpsUpper = "HTTPS_PROXY",
        /// For whatever no other variable is for; the VM agent does not read it.
        All = "all_proxy",
        /// The same.
        AllUpper = "ALL_PROXY",
        /// Hosts without a proxy.
        No = "no_proxy",
        /// The same.
        NoUpper = "NO_PROXY",
    }
}

/// What a variable holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: for some, as if it were not there.
    Empty,
    /// A proxy.
    Proxy(Named),
    /// Hosts without one.
    Hosts(NoProxy),
}

/// The variables about proxies that are set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment(BTreeMap<Variable, Value>);

impl Environment {
    /// Sets a variable.
    pub fn set(&mut self, variable: Variable, text: &str) {
        let value = match variable {
            _ if text.is_empty() => Value::Empty,
            Variable::No | Variable::NoUpper => Value::Hosts(NoProxy::parse(text)),
            _ => Value::Proxy(Named::parse(text)),
        };
        self.0.insert(variable, value);
    }

    /// Sets a variable to what another one holds.
    pub fn put(&mut self, variable: Variable, value: Value) {
        self.0.insert(variable, value);
    }

    /// Unsets a variable.
    pub fn unset(&mut self, variable: Variable) {
        self.0.remove(&variable);
    }

    /// What a variable holds; `None` where it is not set.
    #[must_use]
    pub fn value(&self, variable: Variable) -> Option<&Value> {
        self.0.get(&variable)
    }

    /// Whether no variable is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a variable names a proxy.
    #[must_use]
    pub fn names_a_proxy(&self) -> bool {
        self.0.values().any(|value| matches!(value, Value::Proxy(_)))
    }

    /// The variables that are set, in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (Variable, &Value)> {
        self.0.iter().map(|(variable, value)| (*variable, value))
    }

    /// Puts withheld credentials back in place.
    pub(super) fn restore(&mut self, known: &[&Proxy]) {
        for value in self.0.values_mut() {
            if let Value::Proxy(named) = value {
                named.restore(known);
            }
        }
    }
}
