#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How the descriptors of the process are shared: what the bus and the databases need is kept from the connections.
///
/// A flood of connections can then use up its own share and nothing else: files of the log and of databases can always be
/// opened.
package struct DescriptorShares: Sendable {
    /// How many connections a service has unless the settings say otherwise or there are not enough descriptors.
    package static let usualConnections = 1024
    /// Fewer than these for each service are refused at start.
    package static let fewestConnections = 16

    /// How many descriptors the process may have.
    package let limit: Int
    /// How many databases it has opened.
    package let databases: Int
    /// How many services listen.
    package let listeners: Int

    package init(limit: Int, databases: Int, listeners: Int) {
        self.limit = limit
        self.databases = databases
        self.listeners = listeners
    }

    /// What is kept from connections: 192 for the log with the segments that are read, checkpoints, indexes, event loops
    /// and what handlers call; 24 for each database with its readers and temporary files; the listeners.
    package var kept: Int { 192 + 24 * databases + listeners }

    /// How many connections each service may have open.
    /// - Parameter asked: how many the settings ask for; `nil` for the usual number, or as many as there are.
    /// - Throws: ``SettingsError`` if there are too few descriptors, with the limit that would do.
    package func connections(asked: Int?) throws(SettingsError) -> Int {
        guard listeners > 0 else { return 0 }
        let share = (limit - kept) / listeners
        guard share >= Self.fewestConnections else {
            throw SettingsError(
                "The limit of open files (ulimit -n)", value: "\(limit)",
                expected:
                    "at least \(kept + Self.fewestConnections * listeners) for \(listeners) services and their files")
        }
        guard let asked else { return min(Self.usualConnections, share) }
        guard asked <= share else {
            throw SettingsError(
                "TIDINGS_HTTP_CONNECTIONS", value: "\(asked)",
                expected: "at most \(share), or the limit of open files (ulimit -n), which is \(limit), at least "
                    + "\(kept + asked * listeners)")
        }
        return asked
    }

    /// Raises the process's limit as far as it may, which was kept low for programs of old, and returns it.
    static func raisedLimit() -> Int {
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0 else { return 1024 }
        let highest = min(limits.rlim_max, 1 << 20)
        if limits.rlim_cur < highest {
            let former = limits.rlim_cur
            limits.rlim_cur = highest
            if setrlimit(resource, &limits) != 0 { limits.rlim_cur = former }
        }
        return Int(clamping: limits.rlim_cur)
    }

    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: Int32 { RLIMIT_NOFILE }
    #endif
}
