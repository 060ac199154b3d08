"""市场主体备案: a firm files once, with its kinds, codes and certificates, valid in every zone."""
