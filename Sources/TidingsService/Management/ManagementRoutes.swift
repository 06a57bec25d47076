import HTTPTypes
import Hummingbird
import Tidings

/// What an operator sees and does of a service, under `/manage`: dead letters, parked events, sagas, the outbox.
struct ManagementRoutes: Sendable {
    let database: ServiceDatabase
    let bus: any EventBus

    func add(to router: Router<BasicRequestContext>, _ access: ManagementAccess) {
        let manage = router.group("manage").add(middleware: access)
        manage.get("dead-letters") { request, _ in try await deadLetters(request) }
        manage.get("dead-letters/:id") { _, context in try await deadLetter(context.parameters.text("id")) }
        manage.post("dead-letters/redrive") { request, _ in
            let choice = try await request.json(DeadLetterChoice.self)
            let count = try await database.redrive(
                try choice.filter(), to: choice.toConsumer, perSecond: try choice.validRate())
            return Response.json(["redriven": count])
        }
        manage.post("dead-letters/discard") { request, _ in
            let choice = try await request.json(DeadLetterChoice.self)
            return Response.json(["discarded": try await database.discard(try choice.filterAlone())])
        }
        manage.get("parked") { request, _ in try await parked(request) }
        manage.post("parked/give-up") { request, _ in
            let choice = try await request.json(DeadLetterChoice.self)
            return Response.json(["givenUp": try await database.giveUpParked(try choice.filterAlone())])
        }
        manage.post("parked/discard-unreadable") { request, _ in
            let choice = try await request.json(UnreadableChoice.self)
            let count = try await database.discardUnreadable(EventType(rawValue: choice.type), of: choice.consumer)
            return Response.json(["discarded": count])
        }
        manage.get("sagas") { request, _ in try await sagas(request) }
        manage.get("sagas/:id") { request, context in
            Response.json(SagaView(try await saga(context.parameters.text("id"), request)))
        }
        manage.post("sagas/:id/retry") { request, context in
            let saga = try await saga(context.parameters.text("id"), request)
            return try await changed(
                saga, try await database.retryCompensation(ofSaga: saga.name, id: saga.id, of: saga.consumer))
        }
        manage.post("sagas/:id/resolve") { request, context in
            let reason = try await request.json(Resolution.self).validReason()
            let saga = try await saga(context.parameters.text("id"), request)
            return try await changed(
                saga,
                try await database.resolveCompensation(
                    ofSaga: saga.name, id: saga.id, of: saga.consumer, reason: reason))
        }
        manage.get("outbox") { _, _ in
            let depth = try await database.outboxDepth()
            return Response.json(
                OutboxView(depth: depth.count, oldest: depth.oldest, setAside: depth.setAsideCount))
        }
        manage.post("outbox/retry") { _, _ in Response.json(["restored": try await database.retryOutbox()]) }
        manage.post("outbox/discard-set-aside") { _, _ in
            Response.json(["discarded": try await database.discardSetAside()])
        }
        addStuckWork(to: manage)
    }

    /// What does not move, and what ends it.
    private func addStuckWork(to manage: RouterGroup<BasicRequestContext>) {
        manage.get("stuck") { _, _ in
            Response.json(["stuck": try await database.stuckWork(on: bus).map(StuckWorkView.init)])
        }
        manage.post("work/cancel") { request, _ in
            let id = try await request.json(WorkChoice.self).id
            guard database.cancelWork(id) else { throw Problem.notFound("no work \(id) is in progress: it has ended") }
            return Response.json(["cancelled": id], status: .accepted)
        }
        manage.post("groups/remove") { request, _ in
            let name = try await request.json(GroupChoice.self).group
            guard await bus.unreadGroups().contains(where: { $0.name == name }) else {
                throw Problem(
                    .conflict, "group-in-use", "The group is not unread",
                    detail: "only a group that nobody reads, as GET /manage/stuck names it, can be removed here")
            }
            try await bus.removeGroup(name)
            return Response.json(["removed": name])
        }
    }

    // MARK: Dead letters and parked events

    private func deadLetters(_ request: Request) async throws -> Response {
        let filter = DeadLetterFilter(
            consumer: request.text("consumer"), type: request.text("type").map(EventType.init(rawValue:)),
            error: try request.shortText("error"), subject: try request.shortText("subject"),
            from: try request.moment("from"),
            to: try request.moment("to"))
        let limit = try request.integer("limit", in: 1...1000, default: 100)
        switch request.text("group") {
        case nil: break
        case "error":
            let groups = try await database.deadLetterGroups(matching: filter, limit: limit)
            return .json(["groups": groups.map(DeadLetterGroupView.init)])
        default: throw Problem.invalidParameter("group", "`group` can only be `error`")
        }
        let letters = try await database.deadLetters(matching: filter, after: try request.place(), limit: limit)
        return .json(Page("deadLetters", letters.map(DeadLetterView.init), next: letters.next(limit)))
    }

    private func deadLetter(_ text: String) async throws -> Response {
        guard let id = Int64(text), let letter = try await database.deadLetters(matching: .init(ids: [id])).first else {
            throw Problem.notFound("there is no dead letter \(text)")
        }
        return .json(DeadLetterView(letter))
    }

    private func parked(_ request: Request) async throws -> Response {
        let limit = try request.integer("limit", in: 1...1000, default: 100)
        let events = try await database.parkedEvents(
            of: request.text("consumer"), after: try request.place(), limit: limit)
        return .json(Page("parked", events.map(ParkedEventView.init), next: events.next(limit)))
    }

    // MARK: Sagas

    private func sagas(_ request: Request) async throws -> Response {
        let limit = try request.integer("limit", in: 1...1000, default: 100)
        let status = try request.text("status").map { text throws(Problem) in
            guard let status = SagaStatus(rawValue: text) else {
                let all = SagaStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidParameter("status", "`status` must be one of \(all)")
            }
            return status
        }
        let filter = SagaFilter(consumer: request.text("consumer"), name: request.text("saga"), status: status)
        let sagas = try await database.sagas(matching: filter, after: try request.place(), limit: limit)
        let next = sagas.count == limit ? sagas.last.map { "\($0.number)" } : nil
        return .json(Page("sagas", sagas.map(SagaView.init), next: next))
    }

    private func saga(_ id: String, _ request: Request) async throws -> SagaRecord {
        let (name, consumer) = (request.text("saga"), request.text("consumer"))
        let found = try await database.sagas(id: id).filter {
            (name ?? $0.name).utf8.elementsEqual($0.name.utf8)
                && (consumer ?? $0.consumer).utf8.elementsEqual($0.consumer.utf8)
        }
        guard let saga = found.first else { throw Problem.notFound("there is no saga \(id)") }
        guard found.count == 1 else {
            let names = found.map { "saga=\($0.name)&consumer=\($0.consumer)" }.joined(separator: ", ")
            throw Problem.invalidParameter(
                "saga", "several sagas have this id; say which by `saga` and `consumer`: \(names)")
        }
        return saga
    }

    private func changed(_ saga: SagaRecord, _ isChanged: Bool) async throws -> Response {
        guard isChanged else {
            throw Problem(
                .conflict, "not-stuck", "The saga is not stuck",
                detail:
                    "the saga is \(saga.status.rawValue); only a compensation that was given up, or a time-out that was not run, can be retried or resolved"
            )
        }
        return .json(
            SagaView(try await database.saga(named: saga.name, id: saga.id, of: saga.consumer) ?? saga),
            status: .accepted)
    }
}

extension Request {
    /// The place after which a page begins.
    fileprivate func place() throws(Problem) -> Int64 {
        guard let text = text("after") else { return 0 }
        guard let place = Int64(text), place >= 0 else {
            throw .invalidParameter("after", "`after` must be the `next` of the page before")
        }
        return place
    }

    /// A parameter that a database compares with each row.
    fileprivate func shortText(_ name: String) throws(Problem) -> String? {
        guard let text = text(name) else { return nil }
        guard text.utf8.count <= 1000 else {
            throw .invalidParameter(name, "`\(name)` has at most 1,000 bytes")
        }
        return text
    }

    fileprivate func moment(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = text(name) else { return nil }
        guard let moment = Timestamp(text) else {
            throw .invalidParameter(name, "`\(name)` must be a time such as 2026-01-31T08:00:00Z")
        }
        return moment
    }
}

extension [DeadLetter] {
    fileprivate func next(_ limit: Int) -> String? { count == limit ? last.map { "\($0.id)" } : nil }
}

extension [ParkedEvent] {
    fileprivate func next(_ limit: Int) -> String? { count == limit ? last.map { "\($0.id)" } : nil }
}
