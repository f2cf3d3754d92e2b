"""Past one machine: folders, tables and object stores in, files of captions out; many cores, many machines.

``run.py`` is the whole of it: what the input holds (``inputs``) is divided into parts that are written down
(``plan``), an actor turns a part into one file (``work``), and Ray spreads the parts (``engine``). ``crew``
uses one machine's cores without Ray; ``table`` serves other people's pipelines.
"""
