/// A process over several services that ends well or is compensated: a value whose changes are functions of events.
///
/// A saga has no I/O. Its ``definition`` says which event starts it, what each event does to it in which stage, what
/// happens when an event does not come, and which event confirms that a step was compensated. Effects are values: publish,
/// note a step and what compensates it, compensate, complete, fail, set a time-out. The runtime saves state, steps and
/// history in the same transaction as the events that the saga publishes.
///
/// ```swift
/// struct Checkout: Saga {
///     enum Stage: String, Codable { case paymentPending, completed, failed }
///     let order: OrderCreated
///     var stage = Stage.paymentPending
///
///     static var definition: SagaDefinition<Checkout> {
///         Starts(on: OrderCreated.self, id: \.orderID) { Checkout(order: $0) }
///         When(PaymentFailed.self, id: \.orderID, in: .paymentPending) { saga, failure in
///             saga.stage = .failed
///             return [.publish(OrderCancelled(saga.order)), .compensate(reason: failure.reason)]
///         }
///         Timeout(after: .seconds(3600), in: .paymentPending) { saga in … }
///     }
/// }
/// ```
///
/// (Hector Garcia-Molina and Kenneth Salem, "Sagas", SIGMOD 1987.)
public protocol Saga: Codable, Sendable {
    /// What tells one saga of this kind from another; its description is how it is kept.
    associatedtype ID: Hashable & Sendable & CustomStringConvertible
    /// Where a saga stands.
    associatedtype Stage: Codable & Hashable & Sendable

    /// The name under which sagas of this kind are kept; the name of the type by default.
    static var name: String { get }

    /// What the saga does.
    @SagaBuilder<Self> static var definition: SagaDefinition<Self> { get }

    /// Where this saga stands; a transition changes it.
    var stage: Stage { get set }

    /// The version of the saga's own state, from 1; raised when old states can no longer be read as they are.
    static var stateVersion: Int { get }

    /// Reads a state that was kept under an older version.
    static func migrate(_ state: EventBytes, from version: Int) throws -> Self

    /// How compensations are tried and when they are given up.
    static var compensation: CompensationPolicy { get }
}

extension Saga {
    /// The name of the type. Declare a name of your own before you rename the type: sagas are found by it.
    public static var name: String { String(describing: Self.self) }

    /// Version 1, until the saga says otherwise.
    public static var stateVersion: Int { 1 }

    /// Five attempts, ten minutes apart.
    public static var compensation: CompensationPolicy { CompensationPolicy() }

    /// Refuses with code `unreadable`, because no older version is known. The events of such a saga park and spend no
    /// attempt until a version of the service runs that can read it.
    public static func migrate(_ state: EventBytes, from version: Int) throws -> Self {
        throw TidingsError(.unreadable, "\(Self.self) cannot read a state of version \(version); give it `migrate`")
    }

    /// Declares the event that starts a saga. The event also goes through the transitions of the saga that it has started.
    public typealias Starts<E: Event> = SagaStart<Self, E>
    /// Declares what an event does to a saga that exists.
    public typealias When<E: Event> = SagaTransition<Self, E>
    /// Declares what happens when a stage has lasted for too long, or when a named time-out ends.
    public typealias Timeout = SagaTimeout<Self>
    /// Declares the event that confirms that a step was compensated.
    public typealias Compensated<E: Event> = SagaCompensated<Self, E>
    /// Declares what happens when a compensation was given up.
    public typealias CompensationFailed = SagaCompensationFailed<Self>
}

/// How long a saga waits for the confirmation that a step was compensated, and how often it asks again.
public struct CompensationPolicy: Sendable, Hashable {
    /// How often the compensation of a step is asked for; at least 1.
    public var maximumAttempts: Int
    /// How long its confirmation is waited for after each time.
    public var timeout: Duration

    /// Makes a policy.
    /// - Parameters:
    ///   - maximumAttempts: how often a compensation is asked for; less than 1 is taken for 1.
    ///   - timeout: how long each confirmation is waited for.
    public init(maximumAttempts: Int = 5, timeout: Duration = .seconds(600)) {
        self.maximumAttempts = max(1, maximumAttempts)
        self.timeout = timeout
    }
}
