/**
 * The cheapest way to carry supplies to demands along edges of limited capacity, each unit of edge
 * costing 1.
 */
import { max, min } from "../core/money.ts";

export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly capacity: bigint;
}

interface Arc {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
  left: bigint;
}

/** An arc, and the one that gives back what it carries. */
type Pair = readonly [Arc, Arc];

/** The arcs that leave each node. */
type Graph = readonly Pair[][];

/** Adds an arc; answers with the one that gives back: what is left on it is what is carried. */
function addArc(graph: Graph, from: number, to: number, capacity: bigint): Arc {
  const there = { from, to, cost: 1, left: capacity };
  const back = { from: to, to: from, cost: -1, left: 0n };
  graph[from]?.push([there, back]);
  graph[to]?.push([back, there]);
  return back;
}

/**
 * Arcs of a cheapest path from source to sink, from its end (Bellman-Ford with a queue); none where
 * there is no path.
 */
function cheapestPath(graph: Graph, source: number, sink: number): Pair[] {
  const distance = graph.map(() => Number.POSITIVE_INFINITY);
  const via: Pair[] = [];
  distance[source] = 0;
  const line = [source];
  for (const node of line) {
    for (const pair of graph[node] ?? []) {
      const [arc] = pair;
      const length = (distance[node] ?? 0) + arc.cost;
      if (arc.left === 0n || length >= (distance[arc.to] ?? 0)) continue;
      distance[arc.to] = length;
      via[arc.to] = pair;
      line.push(arc.to);
    }
  }
  const path: Pair[] = [];
  for (let pair = via[sink]; pair !== undefined; pair = via[pair[0].from]) path.push(pair);
  return path;
}

/**
 * Flow on each edge that carries all supplies (positive) to all demands (negative) at least total
 * length.
 *
 * Successive shortest paths; every path fills an edge, a supply or a demand. Where the edges cannot
 * carry everything, as much as they can. Exact: amounts are integers.
 */
export function cheapestFlow(supplies: readonly bigint[], edges: readonly FlowEdge[]): bigint[] {
  const source = supplies.length;
  const sink = source + 1;
  const graph: Graph = [...supplies, source, sink].map(() => []);
  const carried = edges.map(({ from, to, capacity }) => addArc(graph, from, to, capacity));
  supplies.forEach((supply, node) => {
    addArc(graph, source, node, max(supply, 0n));
    addArc(graph, node, sink, max(-supply, 0n));
  });
  for (;;) {
    const path = cheapestPath(graph, source, sink);
    if (path.length === 0) break;
    const amount = path.map(([arc]) => arc.left).reduce((a, b) => min(a, b));
    for (const [arc, back] of path) {
      arc.left -= amount;
      back.left += amount;
    }
  }
  return carried.map(({ left }) => left);
}
