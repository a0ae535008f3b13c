//! The words of probing: in `data/`, in answers, in labels of metrics.
//!
//! A leaf that needs nothing but the standard library: the build script reads the same file.

words! {
    /// Which answer proves that the right service was reached.
    Expectation {
        /// That TCP is accepted: the protocol is not known, so nothing more can be asked.
        Tcp = "tcp",
        /// Any answer of an HTTP server.
        Http = "http",
        /// A TLS handshake with the right certificate; nothing is asked after it.
        Tls = "tls",
        /// A TLS handshake with the right certificate, then any answer of an HTTP server.
        Https = "https",
        /// An answer of Azure Storage, refusals included: over TLS but on port 80.
        Storage = "storage",
        /// The list of versions of the platform's wire server.
        WireServer = "wire-server",
        /// The list of versions of the instance metadata service.
        Metadata = "imds",
        /// Any answer of a DNS server, over UDP.
        Dns = "dns",
    }
}

words! {
    /// Who uses a connection, and thus whose proxy settings count.
    Consumer {
        /// The VM agent.
        Agent = "agent",
        /// The snapshot extension.
        Extension = "extension",
        /// A workload's plugin or agent: SQL, HANA, MARS.
        Workload = "workload",
        /// The user, by naming a target.
        User = "user",
    }
}

words! {
    /// What came of probing a target.
    Outcome {
        /// The right service answered.
        Reached = "reached",
        /// It did not, and the failure says how.
        Failed = "failed",
        /// It cannot be told from here.
        Undecided = "undecided",
        /// It was not tried.
        Skipped = "skipped",
    }
}

words! {
    /// Where the fault lies, as far as the evidence goes.
    Fault {
        /// A rule of a network security group or of a network manager.
        Rule = "rule",
        /// A route: to nowhere, or through an appliance.
        Route = "route",
        /// No way out of the network at all.
        Egress = "egress",
        /// Name resolution.
        Dns = "dns",
        /// A proxy, or the settings that name it.
        Proxy = "proxy",
        /// The guest itself: its firewall, its clock, its privileges.
        Guest = "guest",
        /// The far end, or something that speaks in its place.
        Service = "service",
        /// Nothing on the way: the exported rules are not those in force, or the packet left another way.
        StaleExport = "stale-export",
    }
}

words! {
    /// A phase of a probe, in the order in which they happen.
    Phase {
        /// The name to addresses.
        Resolve = "resolve",
        /// A TCP connection to the service or to the proxy.
        Connect = "connect",
        /// HTTP CONNECT through the proxy.
        Tunnel = "tunnel",
        /// The TLS handshake.
        Tls = "tls",
        /// A request and the first bytes of its answer.
        Request = "request",
    }
}

words! {
    /// How a phase failed.
    FailureKind {
        /// The name does not exist.
        NxDomain = "nxdomain",
        /// The name exists and has no address.
        NoData = "nodata",
        /// The name server failed.
        ServFail = "servfail",
        /// The name server refused to answer.
        DnsRefused = "dns-refused",
        /// No name server answered in time.
        ResolveTimeout = "resolve-timeout",
        /// No name server listens where it should, or the network refuses the way to it.
        DnsUnreachable = "dns-unreachable",
        /// The name server's answer makes no sense.
        DnsMalformed = "dns-malformed",
        /// The connection was refused.
        Refused = "refused",
        /// No answer within the time given.
        TimedOut = "timed-out",
        /// The connection was cut.
        Reset = "reset",
        /// The network says that there is no way.
        Unreachable = "unreachable",
        /// The proxy refuses this destination or this port.
        ProxyRefused = "proxy-refused",
        /// The proxy wants credentials.
        ProxyAuthRequired = "proxy-auth-required",
        /// The proxy itself cannot be reached.
        ProxyUnreachable = "proxy-unreachable",
        /// The proxy could not reach the destination.
        ProxyBadGateway = "proxy-bad-gateway",
        /// The certificate leads to no authority that is trusted.
        CertificateUntrusted = "certificate-untrusted",
        /// The certificate has expired, or is not valid yet.
        CertificateExpired = "certificate-expired",
        /// The certificate is for another name.
        NameMismatch = "name-mismatch",
        /// The server offers no version of TLS that is accepted, or refuses the handshake.
        TlsVersion = "tls-version",
        /// The TLS connection ends at something in between, with a certificate of its own.
        TlsIntercepted = "tls-intercepted",
        /// The clock of this machine is off, so that valid certificates look invalid.
        ClockSkew = "clock-skew",
        /// Only root may reach it on a healthy machine, and this is not root.
        NeedsRoot = "needs-root",
        /// The guest proxy agent refuses this process.
        GuestProxyAgent = "guest-proxy-agent",
        /// Something answered, and not the service.
        UnexpectedAnswer = "unexpected-answer",
        /// This machine itself forbids it: a route that prohibits, a policy of its kernel.
        Forbidden = "forbidden",
        /// This machine itself could not try: no descriptor, no port, no memory.
        LocalError = "local-error",
    }
}
