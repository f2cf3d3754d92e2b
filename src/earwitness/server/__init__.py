"""The page and the API: ``earwitness serve``, and the ear that listens live.

From left to right: ``settings`` and ``problems`` (what is allowed, and how a refusal is said), ``limits``
(what guards the way in), ``worker`` (the one place that computes), ``jobs``, ``live``, ``api`` (the routes),
``app`` (all of them together) and ``run`` (a real server). Only ``settings``, ``worker`` and ``live.ear`` may
be imported without the extra ``serve``.
"""
