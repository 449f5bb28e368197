/**
 * The cheapest way to carry supplies to demands along edges of limited capacity, each unit of edge
 * costing 1.
 */

export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly capacity: bigint;
}

interface Arc {
  readonly to: number;
  readonly cost: number;
  left: bigint;
  readonly back: number;
}

interface Graph {
  readonly arcs: Arc[];
  readonly out: number[][];
}

function addArc(graph: Graph, from: number, to: number, capacity: bigint, cost: number): number {
  const place = graph.arcs.length;
  graph.arcs.push({ to, cost, left: capacity, back: place + 1 });
  graph.arcs.push({ to: from, cost: -cost, left: 0n, back: place });
  graph.out[from]?.push(place);
  graph.out[to]?.push(place + 1);
  return place;
}

/**
 * Arcs of a cheapest path from source to sink (Bellman-Ford with a queue), or undefined when there
 * is none.
 */
function cheapestPath(graph: Graph, source: number, sink: number): number[] | undefined {
  const distance = graph.out.map(() => Number.POSITIVE_INFINITY);
  const via = graph.out.map(() => -1);
  const waits = graph.out.map(() => false);
  distance[source] = 0;
  const line = [source];
  for (let head = 0; head < line.length; head++) {
    const node = line[head] ?? 0;
    waits[node] = false;
    for (const place of graph.out[node] ?? []) {
      const arc = graph.arcs[place];
      if (arc === undefined || arc.left === 0n) continue;
      const length = (distance[node] ?? 0) + arc.cost;
      if (length >= (distance[arc.to] ?? 0)) continue;
      distance[arc.to] = length;
      via[arc.to] = place;
      if (waits[arc.to] === false) {
        waits[arc.to] = true;
        line.push(arc.to);
      }
    }
  }
  if (distance[sink] === Number.POSITIVE_INFINITY) return undefined;
  const path: number[] = [];
  for (let node = sink; node !== source; ) {
    const place = via[node] ?? 0;
    path.push(place);
    node = graph.arcs[graph.arcs[place]?.back ?? 0]?.to ?? source;
  }
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
  const graph: Graph = { arcs: [], out: Array.from({ length: sink + 1 }, () => []) };
  const places = edges.map(({ from, to, capacity }) => addArc(graph, from, to, capacity, 1));
  supplies.forEach((supply, node) => {
    if (supply > 0n) addArc(graph, source, node, supply, 0);
    if (supply < 0n) addArc(graph, node, sink, -supply, 0);
  });
  for (;;) {
    const path = cheapestPath(graph, source, sink);
    if (path === undefined) break;
    let amount: bigint | undefined;
    for (const place of path) {
      const left = graph.arcs[place]?.left ?? 0n;
      if (amount === undefined || left < amount) amount = left;
    }
    for (const place of path) {
      const arc = graph.arcs[place];
      const back = graph.arcs[arc?.back ?? 0];
      if (arc === undefined || back === undefined) continue;
      arc.left -= amount ?? 0n;
      back.left += amount ?? 0n;
    }
  }
  return places.map((place) => graph.arcs[graph.arcs[place]?.back ?? 0]?.left ?? 0n);
}
