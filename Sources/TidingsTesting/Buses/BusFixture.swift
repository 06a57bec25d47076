public import Tidings

/// Storage of its own for one check, and the buses that are opened on it.
///
/// A provider writes one: a temporary folder, a subject prefix on a server that the tests have started. Opening it a
/// second time is a restart, and finds what the first bus left.
public protocol BusFixture: Sendable {
    /// Opens a bus on the storage: empty at first, later with what an earlier one left.
    func open(_ environment: RuntimeEnvironment) async throws -> any EventBus

    /// Closes a bus that ``open(_:)`` made. Called once for each; the storage stays.
    func close(_ bus: any EventBus) async throws

    /// Removes the storage; the last that is called.
    func remove() async throws
}

extension BusFixture {
    /// Removes nothing: for a bus that keeps nothing.
    public func remove() async throws {}
}
