"""Builds a tour of the travelling salesman city by city, from node 0 and back to it."""

import numpy as np

import funsearch


def tour(distance_matrix: np.ndarray) -> list[int]:
    """Returns the nodes in the order in which they are visited."""
    order, unvisited = [0], set(range(1, len(distance_matrix)))
    while unvisited:
        node = select_next_node(order[-1], 0, set(unvisited), distance_matrix.copy())
        unvisited.remove(node)
        order.append(int(node))
    return order


@funsearch.evolve
def select_next_node(
    current_node: int, destination_node: int, unvisited_nodes: set[int], distance_matrix: np.ndarray
) -> int:
    """Returns the node to visit next, of those not visited; the tour ends at the destination node."""
    nodes = np.array(sorted(unvisited_nodes))
    here = distance_matrix[current_node][nodes]
    back = distance_matrix[destination_node][nodes]
    among = distance_matrix[nodes][:, nodes]
    mean = among.mean(axis=1)
    nearest = np.sort(among, axis=1)[:, :3].sum(axis=1)
    left = len(nodes) / len(distance_matrix)
    score = here
    score = score + 0.0 * back
    score = score + 0.0 * mean
    score = score + 0.0 * nearest
    score = score + 0.0 * left * back
    return int(nodes[np.argmin(score)])
