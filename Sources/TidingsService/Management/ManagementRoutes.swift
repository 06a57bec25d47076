import HTTPTypes
import Hummingbird
import Tidings

/// What an operator sees and does of a service, under `/manage`: dead letters, parked events, sagas, the outbox.
struct ManagementRoutes: Sendable {
    let database: ServiceDatabase

    func add(to router: Router<BasicRequestContext>, _ access: ManagementAccess) {
        let manage = router.group("manage").add(middleware: access)
        manage.get("dead-letters") { request, _ in try await deadLetters(request) }
        manage.get("dead-letters/:id") { _, context in try await deadLetter(context.parameters.text("id")) }
        manage.post("dead-letters/redrive") { request, _ in
            let choice = try await request.json(DeadLetterChoice.self)
            let count = try await database.redrive(try choice.filter(), perSecond: try choice.validRate())
            return Response.json(["redriven": count])
        }
        manage.post("dead-letters/discard") { request, _ in
            let choice = try await request.json(DeadLetterChoice.self)
            return Response.json(["discarded": try await database.discard(try choice.filter())])
        }
        manage.get("parked") { request, _ in try await parked(request) }
        manage.get("sagas") { request, _ in try await sagas(request) }
        manage.get("sagas/:id") { request, context in
            Response.json(SagaView(try await saga(context.parameters.text("id"), request)))
        }
        manage.post("sagas/:id/retry") { request, context in
            let saga = try await saga(context.parameters.text("id"), request)
            return try await changed(saga, try await database.retryCompensation(ofSaga: saga.name, id: saga.id))
        }
        manage.post("sagas/:id/resolve") { request, context in
            let reason = try await request.json(Resolution.self).validReason()
            let saga = try await saga(context.parameters.text("id"), request)
            return try await changed(
                saga, try await database.resolveCompensation(ofSaga: saga.name, id: saga.id, reason: reason))
        }
        manage.get("outbox") { _, _ in
            let depth = try await database.outboxDepth()
            return Response.json(OutboxView(depth: depth.count, oldest: depth.oldest))
        }
    }

    // MARK: Dead letters and parked events

    private func deadLetters(_ request: Request) async throws -> Response {
        let filter = DeadLetterFilter(
            consumer: request.text("consumer"), type: request.text("type").map(EventType.init(rawValue:)),
            error: request.text("error"), subject: request.text("subject"), from: try request.moment("from"),
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
        let last = try request.text("after").map { text throws(Problem) in
            // By the bytes: an id that begins with a combining mark makes one character with the slash before it.
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
                throw .invalidParameter("after", "`after` must be the `next` of the page before")
            }
            return (name: String(text[..<end]), id: String(text[text.utf8.index(after: end)...]))
        }
        let sagas = try await database.sagas(
            matching: SagaFilter(name: request.text("saga"), status: status), after: last, limit: limit)
        let next = sagas.count == limit ? sagas.last.map { "\($0.name)/\($0.id)" } : nil
        return .json(Page("sagas", sagas.map(SagaView.init), next: next))
    }

    private func saga(_ id: String, _ request: Request) async throws -> SagaRecord {
        let name = request.text("saga")
        let found = try await database.sagas(id: id).filter {
            name == nil || $0.name.utf8.elementsEqual((name ?? "").utf8)
        }
        guard let saga = found.first else { throw Problem.notFound("there is no saga \(id)") }
        guard found.count == 1 else {
            let names = found.map(\.name).joined(separator: ", ")
            throw Problem.invalidParameter("saga", "several kinds of saga have this id; `saga` must be one of \(names)")
        }
        return saga
    }

    private func changed(_ saga: SagaRecord, _ isChanged: Bool) async throws -> Response {
        guard isChanged else {
            throw Problem(
                .conflict, "not-stuck", "The saga is not stuck",
                detail:
                    "the saga is \(saga.status.rawValue); only a compensation that was given up can be retried or resolved"
            )
        }
        return .json(SagaView(try await database.saga(named: saga.name, id: saga.id) ?? saga), status: .accepted)
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
