"""What the tests measure on surfaces, written independently of the package."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree


def volume_mm3(surface):
    a, b, c = np.moveaxis(surface.vertices_mm[surface.faces], 1, 0)
    return np.einsum("ij,ij->", a, np.cross(b, c)) / 6


def open_edges(surface):
    """Number of directed edges whose counterpart is missing."""
    f, n = surface.faces.astype(np.int64), len(surface.vertices_mm)
    edges = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
    forth, back = edges @ [n, 1], edges @ [1, n]
    assert len(np.unique(forth)) == len(forth), "an edge is used twice in one direction"
    return len(np.setdiff1d(forth, back))


def pieces(surface):
    f, n = surface.faces, len(surface.vertices_mm)
    ones = np.ones(2 * len(f))
    links = coo_matrix((ones, (f[:, [0, 1]].ravel(), f[:, [1, 2]].ravel())), shape=(n, n))
    return connected_components(links, directed=False)[0]


def vertex_normals(surface):
    a, b, c = np.moveaxis(surface.vertices_mm[surface.faces], 1, 0)
    normal = np.zeros_like(surface.vertices_mm)
    for corner in range(3):
        np.add.at(normal, surface.faces[:, corner], np.cross(b - a, c - a))
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def distance_to_surface(point, surface):
    """Distance of a point to the triangles round its nearest vertices, by dense sampling of each."""
    order = np.argsort(((surface.vertices_mm - point) ** 2).sum(axis=1))[:8]
    near = surface.vertices_mm[surface.faces[np.isin(surface.faces, order).any(axis=1)]]
    u, v = np.meshgrid(np.linspace(0, 1, 12), np.linspace(0, 1, 12))
    u, v = u[u + v <= 1 + 1e-9], v[u + v <= 1 + 1e-9]
    weights = np.stack([u, v, 1 - u - v])
    samples = np.einsum("fcx,cs->fsx", near, weights).reshape(-1, 3)
    return np.sqrt(((samples - point) ** 2).sum(axis=1).min())


def least_gap_mm(one, other):
    """Smallest signed distance from vertices of one surface to the nearest vertex of the other."""
    far, index = cKDTree(other.vertices_mm).query(one.vertices_mm, distance_upper_bound=8)
    near = np.isfinite(far)
    inside = (
        (one.vertices_mm[near] - other.vertices_mm[index[near]]) * vertex_normals(other)[index[near]]
    ).sum(1)
    return np.where(inside < -0.2, -far[near], far[near]).min(initial=9.0)
