import Testing

@Suite(.timeLimit(.minutes(1))) struct PagingTests {
    @Test func `pages hold every order once, in the order of their making`() async throws {
        try await RunningOrders.with { orders in
            var placed: [String] = []
            for number in 0..<7 {
                let order = try await orders.finish(1, of: number.isMultiple(of: 2) ? "p-1" : "unknown")
                placed.append(order["orderId"].text)
            }
            let threes = [Array(placed[0..<3]), Array(placed[3..<6]), [placed[6]]]
            #expect(try await pages(of: orders, "limit=3") == threes)
            #expect(try await pages(of: orders, "limit=7") == [placed])
            #expect(try await pages(of: orders, "") == [placed])

            let cancelled = [[placed[1], placed[3]], [placed[5]]]
            #expect(try await pages(of: orders, "status=CANCELLED&limit=2") == cancelled)
            #expect(try await pages(of: orders, "status=FAILED") == [[]])
            #expect(try await pages(of: orders, "status=CONFIRMED&after=\(placed[2])") == [[placed[4], placed[6]]])
        }
    }

    private func pages(of orders: RunningOrders, _ query: String) async throws -> [[String]] {
        var pages: [[String]] = []
        var after = ""
        while true {
            let answer = try await orders.get("/orders?\(query)\(after)")
            #expect(answer.status == 200)
            let page = try answer.json
            pages.append(page["orders"].list.map { $0["orderId"].text })
            guard page["next"] != nil else { return pages }
            after = "&after=\(page["next"].text)"
        }
    }
}
